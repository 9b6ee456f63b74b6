// Original file: proto/painters.proto

import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'protocolVersion'?: (number);
  'name'?: (string);
  'incarnation'?: (string);
  'dataAddress'?: (string);
  'devices'?: (number);
  'memoryBytes'?: (number | string | Long);
  'flopsPerSecond'?: (number | string);
  'linkBytesPerSecond'?: (number | string);
  'numericsId'?: (string);
  'models'?: (string)[];
}

export interface Hello__Output {
  'protocolVersion': (number);
  'name': (string);
  'incarnation': (string);
  'dataAddress': (string);
  'devices': (number);
  'memoryBytes': (number);
  'flopsPerSecond': (number);
  'linkBytesPerSecond': (number);
  'numericsId': (string);
  'models': (string)[];
}
