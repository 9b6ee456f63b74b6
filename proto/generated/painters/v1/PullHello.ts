// Original file: proto/painters.proto


export interface PullHello {
  'protocolVersion'?: (number);
  'worker'?: (string);
}

export interface PullHello__Output {
  'protocolVersion': (number);
  'worker': (string);
}
