// Original file: proto/painters.proto


export interface Damp {
  'factor'?: (number | string);
  'base'?: (number);
  'input'?: (number);
}

export interface Damp__Output {
  'factor': (number);
  'base': (number);
  'input': (number);
}
