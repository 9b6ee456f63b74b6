// Original file: proto/painters.proto


export interface Embed {
}

export interface Embed__Output {
}
