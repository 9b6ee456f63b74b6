// Original file: proto/painters.proto


// Original file: proto/painters.proto

export const _painters_v1_Slice_Kind = {
  KIND_UNSPECIFIED: 'KIND_UNSPECIFIED',
  STEP: 'STEP',
  RECEIVE: 'RECEIVE',
  SEND: 'SEND',
} as const;

export type _painters_v1_Slice_Kind =
  | 'KIND_UNSPECIFIED'
  | 0
  | 'STEP'
  | 1
  | 'RECEIVE'
  | 2
  | 'SEND'
  | 3

export type _painters_v1_Slice_Kind__Output = typeof _painters_v1_Slice_Kind[keyof typeof _painters_v1_Slice_Kind]

export interface Slice {
  'kind'?: (_painters_v1_Slice_Kind);
  'state'?: (number);
  'startMs'?: (number | string);
  'endMs'?: (number | string);
}

export interface Slice__Output {
  'kind': (_painters_v1_Slice_Kind__Output);
  'state': (number);
  'startMs': (number);
  'endMs': (number);
}
