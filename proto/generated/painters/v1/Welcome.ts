// Original file: proto/painters.proto


export interface Welcome {
  'heartbeatMs'?: (number | string);
  'leaseMs'?: (number | string);
}

export interface Welcome__Output {
  'heartbeatMs': (number);
  'leaseMs': (number);
}
