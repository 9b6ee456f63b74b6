// Original file: proto/painters.proto


export interface SweepRequest {
  'id'?: (string);
}

export interface SweepRequest__Output {
  'id': (string);
}
