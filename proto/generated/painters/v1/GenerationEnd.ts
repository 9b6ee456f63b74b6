// Original file: proto/painters.proto

import type { Long } from '@grpc/proto-loader';

export interface GenerationEnd {
  'failed'?: (string)[];
  'tokenMs'?: (number | string);
  'visitMs'?: (number | string);
  'visits'?: (number | string | Long);
  'promptMs'?: (number | string);
  '_tokenMs'?: "tokenMs";
  '_visitMs'?: "visitMs";
  '_promptMs'?: "promptMs";
}

export interface GenerationEnd__Output {
  'failed': (string)[];
  'tokenMs'?: (number);
  'visitMs'?: (number);
  'visits': (number);
  'promptMs'?: (number);
  '_tokenMs'?: "tokenMs";
  '_visitMs'?: "visitMs";
  '_promptMs'?: "promptMs";
}
