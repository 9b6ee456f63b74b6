// Original file: proto/painters.proto


export interface TextPiece {
  'schedule'?: (number);
  'prompt'?: (number);
  'kept'?: (number);
  'added'?: (string);
  'isOver'?: (boolean);
  'tokens'?: (number)[];
}

export interface TextPiece__Output {
  'schedule': (number);
  'prompt': (number);
  'kept': (number);
  'added': (string);
  'isOver': (boolean);
  'tokens': (number)[];
}
