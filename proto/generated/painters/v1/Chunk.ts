// Original file: proto/painters.proto

import type { Long } from '@grpc/proto-loader';

// Original file: proto/painters.proto

export const _painters_v1_Chunk_Dtype = {
  DTYPE_UNSPECIFIED: 'DTYPE_UNSPECIFIED',
  F32: 'F32',
} as const;

export type _painters_v1_Chunk_Dtype =
  | 'DTYPE_UNSPECIFIED'
  | 0
  | 'F32'
  | 1

export type _painters_v1_Chunk_Dtype__Output = typeof _painters_v1_Chunk_Dtype[keyof typeof _painters_v1_Chunk_Dtype]

export interface Chunk {
  'epoch'?: (number);
  'injection'?: (number);
  'state'?: (number);
  'fromPlace'?: (number);
  'toPlace'?: (number);
  'dtype'?: (_painters_v1_Chunk_Dtype);
  'shape'?: (number)[];
  'totalBytes'?: (number | string | Long);
  'offset'?: (number | string | Long);
  'data'?: (Buffer | Uint8Array | string);
  'isRunningSum'?: (boolean);
  'sharedSlot'?: (number);
  'sharedSequence'?: (number | string | Long);
  'sharedBytes'?: (number);
}

export interface Chunk__Output {
  'epoch': (number);
  'injection': (number);
  'state': (number);
  'fromPlace': (number);
  'toPlace': (number);
  'dtype': (_painters_v1_Chunk_Dtype__Output);
  'shape': (number)[];
  'totalBytes': (number);
  'offset': (number);
  'data': (Buffer);
  'isRunningSum': (boolean);
  'sharedSlot': (number);
  'sharedSequence': (number);
  'sharedBytes': (number);
}
