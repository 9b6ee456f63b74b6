// Original file: proto/painters.proto


export interface SubmitReply {
  'id'?: (string);
}

export interface SubmitReply__Output {
  'id': (string);
}
