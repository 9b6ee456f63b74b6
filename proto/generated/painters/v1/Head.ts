// Original file: proto/painters.proto


export interface Head {
  'head'?: (number);
  'input'?: (number);
}

export interface Head__Output {
  'head': (number);
  'input': (number);
}
