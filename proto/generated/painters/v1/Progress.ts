// Original file: proto/painters.proto

import type { Long } from '@grpc/proto-loader';

// Original file: proto/painters.proto

export const _painters_v1_Progress_State = {
  STATE_UNSPECIFIED: 'STATE_UNSPECIFIED',
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  DONE: 'DONE',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const;

export type _painters_v1_Progress_State =
  | 'STATE_UNSPECIFIED'
  | 0
  | 'QUEUED'
  | 1
  | 'RUNNING'
  | 2
  | 'DONE'
  | 3
  | 'FAILED'
  | 4
  | 'CANCELLED'
  | 5

export type _painters_v1_Progress_State__Output = typeof _painters_v1_Progress_State[keyof typeof _painters_v1_Progress_State]

export interface Progress {
  'id'?: (string);
  'state'?: (_painters_v1_Progress_State);
  'recorded'?: (number | string | Long);
  'total'?: (number | string | Long);
  'workers'?: (number);
  'message'?: (string);
  'etaSeconds'?: (number | string);
  '_etaSeconds'?: "etaSeconds";
}

export interface Progress__Output {
  'id': (string);
  'state': (_painters_v1_Progress_State__Output);
  'recorded': (number);
  'total': (number);
  'workers': (number);
  'message': (string);
  'etaSeconds'?: (number);
  '_etaSeconds'?: "etaSeconds";
}
