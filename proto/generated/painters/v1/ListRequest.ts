// Original file: proto/painters.proto


export interface ListRequest {
}

export interface ListRequest__Output {
}
