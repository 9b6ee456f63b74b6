// Original file: proto/painters.proto

import type { Slice as _painters_v1_Slice, Slice__Output as _painters_v1_Slice__Output } from '../../painters/v1/Slice.js';

export interface Finished {
  'epoch'?: (number);
  'injection'?: (number);
  'place'?: (number);
  'slices'?: (_painters_v1_Slice)[];
}

export interface Finished__Output {
  'epoch': (number);
  'injection': (number);
  'place': (number);
  'slices': (_painters_v1_Slice__Output)[];
}
