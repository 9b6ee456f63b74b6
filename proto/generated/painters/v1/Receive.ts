// Original file: proto/painters.proto


export interface Receive {
  'state'?: (number);
  'from'?: (number);
}

export interface Receive__Output {
  'state': (number);
  'from': (number);
}
