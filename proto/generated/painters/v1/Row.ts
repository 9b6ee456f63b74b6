// Original file: proto/painters.proto

import type { Cached as _painters_v1_Cached, Cached__Output as _painters_v1_Cached__Output } from '../../painters/v1/Cached.js';

export interface Row {
  'tokens'?: (number)[];
  'prefixLength'?: (number);
  'branchLengths'?: (number)[];
  'scored'?: (number)[];
  'tokenTypes'?: (number)[];
  'cached'?: (_painters_v1_Cached | null);
  '_cached'?: "cached";
}

export interface Row__Output {
  'tokens': (number)[];
  'prefixLength': (number);
  'branchLengths': (number)[];
  'scored': (number)[];
  'tokenTypes': (number)[];
  'cached'?: (_painters_v1_Cached__Output | null);
  '_cached'?: "cached";
}
