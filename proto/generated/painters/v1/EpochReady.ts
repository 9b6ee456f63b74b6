// Original file: proto/painters.proto


export interface EpochReady {
  'epoch'?: (number);
}

export interface EpochReady__Output {
  'epoch': (number);
}
