// Original file: proto/painters.proto


export interface Heartbeat {
  'busyMs'?: (number | string)[];
}

export interface Heartbeat__Output {
  'busyMs': (number)[];
}
