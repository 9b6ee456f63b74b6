// Original file: proto/painters.proto

import type { EpochPlace as _painters_v1_EpochPlace, EpochPlace__Output as _painters_v1_EpochPlace__Output } from '../../painters/v1/EpochPlace.js';
import type { Shard as _painters_v1_Shard, Shard__Output as _painters_v1_Shard__Output } from '../../painters/v1/Shard.js';

export interface OpenEpoch {
  'epoch'?: (number);
  'model'?: (string);
  'places'?: (_painters_v1_EpochPlace)[];
  'shards'?: (_painters_v1_Shard)[];
  'pullFrom'?: (string)[];
}

export interface OpenEpoch__Output {
  'epoch': (number);
  'model': (string);
  'places': (_painters_v1_EpochPlace__Output)[];
  'shards': (_painters_v1_Shard__Output)[];
  'pullFrom': (string)[];
}
