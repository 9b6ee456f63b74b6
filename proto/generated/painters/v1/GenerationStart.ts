// Original file: proto/painters.proto


export interface GenerationStart {
  'model'?: (string);
  'schedules'?: (string)[];
}

export interface GenerationStart__Output {
  'model': (string);
  'schedules': (string)[];
}
