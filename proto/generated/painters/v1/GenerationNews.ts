// Original file: proto/painters.proto

import type { GenerationStart as _painters_v1_GenerationStart, GenerationStart__Output as _painters_v1_GenerationStart__Output } from '../../painters/v1/GenerationStart.js';
import type { TextPiece as _painters_v1_TextPiece, TextPiece__Output as _painters_v1_TextPiece__Output } from '../../painters/v1/TextPiece.js';
import type { GenerationEnd as _painters_v1_GenerationEnd, GenerationEnd__Output as _painters_v1_GenerationEnd__Output } from '../../painters/v1/GenerationEnd.js';

export interface GenerationNews {
  'waits'?: (string);
  'start'?: (_painters_v1_GenerationStart | null);
  'piece'?: (_painters_v1_TextPiece | null);
  'end'?: (_painters_v1_GenerationEnd | null);
  'news'?: "waits"|"start"|"piece"|"end";
}

export interface GenerationNews__Output {
  'waits'?: (string);
  'start'?: (_painters_v1_GenerationStart__Output | null);
  'piece'?: (_painters_v1_TextPiece__Output | null);
  'end'?: (_painters_v1_GenerationEnd__Output | null);
  'news'?: "waits"|"start"|"piece"|"end";
}
