// Original file: proto/painters.proto


export interface Cached {
  'sequence'?: (number);
  'past'?: (number);
}

export interface Cached__Output {
  'sequence': (number);
  'past': (number);
}
