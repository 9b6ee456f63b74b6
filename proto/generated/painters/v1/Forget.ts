// Original file: proto/painters.proto


export interface Forget {
  'epoch'?: (number);
  'sequences'?: (number)[];
}

export interface Forget__Output {
  'epoch': (number);
  'sequences': (number)[];
}
