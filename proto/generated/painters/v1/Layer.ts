// Original file: proto/painters.proto


export interface Layer {
  'layer'?: (number);
  'input'?: (number);
}

export interface Layer__Output {
  'layer': (number);
  'input': (number);
}
