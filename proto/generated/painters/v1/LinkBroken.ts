// Original file: proto/painters.proto


export interface LinkBroken {
  'peer'?: (string);
  'reason'?: (string);
  'epoch'?: (number);
}

export interface LinkBroken__Output {
  'peer': (string);
  'reason': (string);
  'epoch': (number);
}
