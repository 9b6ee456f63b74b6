// Original file: proto/painters.proto

import type { Long } from '@grpc/proto-loader';

export interface Probed {
  'epoch'?: (number);
  'injection'?: (number);
  'probe'?: (number);
  'totalBytes'?: (number | string | Long);
  'offset'?: (number | string | Long);
  'data'?: (Buffer | Uint8Array | string);
}

export interface Probed__Output {
  'epoch': (number);
  'injection': (number);
  'probe': (number);
  'totalBytes': (number);
  'offset': (number);
  'data': (Buffer);
}
