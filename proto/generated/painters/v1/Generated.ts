// Original file: proto/painters.proto


export interface Generated {
  'epoch'?: (number);
  'injection'?: (number);
  'head'?: (number);
  'tokens'?: (number)[];
}

export interface Generated__Output {
  'epoch': (number);
  'injection': (number);
  'head': (number);
  'tokens': (number)[];
}
