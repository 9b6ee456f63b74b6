// Original file: proto/painters.proto


export interface EpochFailed {
  'epoch'?: (number);
  'reason'?: (string);
}

export interface EpochFailed__Output {
  'epoch': (number);
  'reason': (string);
}
