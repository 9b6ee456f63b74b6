// Original file: proto/painters.proto


export interface Row {
  'tokens'?: (number)[];
  'prefixLength'?: (number);
  'branchLengths'?: (number)[];
  'scored'?: (number)[];
  'tokenTypes'?: (number)[];
}

export interface Row__Output {
  'tokens': (number)[];
  'prefixLength': (number);
  'branchLengths': (number)[];
  'scored': (number)[];
  'tokenTypes': (number)[];
}
