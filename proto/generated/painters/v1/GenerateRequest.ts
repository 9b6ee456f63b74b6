// Original file: proto/painters.proto


export interface GenerateRequest {
  'optionsJson'?: (string);
}

export interface GenerateRequest__Output {
  'optionsJson': (string);
}
