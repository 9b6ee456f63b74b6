// Original file: proto/painters.proto

import type { Progress as _painters_v1_Progress, Progress__Output as _painters_v1_Progress__Output } from '../../painters/v1/Progress.js';

export interface ListReply {
  'sweeps'?: (_painters_v1_Progress)[];
}

export interface ListReply__Output {
  'sweeps': (_painters_v1_Progress__Output)[];
}
