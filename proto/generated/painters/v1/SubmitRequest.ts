// Original file: proto/painters.proto


export interface SubmitRequest {
  'optionsJson'?: (string);
}

export interface SubmitRequest__Output {
  'optionsJson': (string);
}
