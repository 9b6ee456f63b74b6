// Original file: proto/painters.proto


export interface Store {
  'slot'?: (number);
  'input'?: (number);
}

export interface Store__Output {
  'slot': (number);
  'input': (number);
}
