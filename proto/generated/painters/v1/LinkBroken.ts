// Original file: proto/painters.proto


export interface LinkBroken {
  'peer'?: (string);
  'reason'?: (string);
}

export interface LinkBroken__Output {
  'peer': (string);
  'reason': (string);
}
