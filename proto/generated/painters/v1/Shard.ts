// Original file: proto/painters.proto


export interface Shard {
  'place'?: (number);
  'parts'?: (string)[];
}

export interface Shard__Output {
  'place': (number);
  'parts': (string)[];
}
