// Original file: proto/painters.proto


export interface Cached {
  'sequence'?: (number);
  'past'?: (number);
  'base'?: (number);
  '_base'?: "base";
}

export interface Cached__Output {
  'sequence': (number);
  'past': (number);
  'base'?: (number);
  '_base'?: "base";
}
