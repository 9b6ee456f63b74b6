// Original file: proto/painters.proto


export interface AbortEpoch {
  'epoch'?: (number);
}

export interface AbortEpoch__Output {
  'epoch': (number);
}
