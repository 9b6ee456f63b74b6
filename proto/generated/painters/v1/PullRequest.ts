// Original file: proto/painters.proto

import type { PullHello as _painters_v1_PullHello, PullHello__Output as _painters_v1_PullHello__Output } from '../../painters/v1/PullHello.js';
import type { Long } from '@grpc/proto-loader';

export interface PullRequest {
  'hello'?: (_painters_v1_PullHello | null);
  'creditBytes'?: (number | string | Long);
  'readsShared'?: (boolean);
  'request'?: "hello"|"creditBytes"|"readsShared";
}

export interface PullRequest__Output {
  'hello'?: (_painters_v1_PullHello__Output | null);
  'creditBytes'?: (number);
  'readsShared'?: (boolean);
  'request'?: "hello"|"creditBytes"|"readsShared";
}
