// Original file: proto/painters.proto


export interface Scored {
  'epoch'?: (number);
  'injection'?: (number);
  'head'?: (number);
  'logprobs'?: (Buffer | Uint8Array | string);
  'isGreedy'?: (Buffer | Uint8Array | string);
}

export interface Scored__Output {
  'epoch': (number);
  'injection': (number);
  'head': (number);
  'logprobs': (Buffer);
  'isGreedy': (Buffer);
}
