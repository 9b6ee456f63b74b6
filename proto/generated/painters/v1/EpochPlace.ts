// Original file: proto/painters.proto


export interface EpochPlace {
  'worker'?: (string);
  'device'?: (number);
  'dataAddress'?: (string);
}

export interface EpochPlace__Output {
  'worker': (string);
  'device': (number);
  'dataAddress': (string);
}
