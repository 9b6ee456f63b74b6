// Original file: proto/painters.proto


export interface Draining {
}

export interface Draining__Output {
}
