// Original file: proto/painters.proto


export interface CloseEpoch {
  'epoch'?: (number);
}

export interface CloseEpoch__Output {
  'epoch': (number);
}
