// Original file: proto/painters.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Chunk as _painters_v1_Chunk, Chunk__Output as _painters_v1_Chunk__Output } from '../../painters/v1/Chunk.js';
import type { PullRequest as _painters_v1_PullRequest, PullRequest__Output as _painters_v1_PullRequest__Output } from '../../painters/v1/PullRequest.js';

export interface DataClient extends grpc.Client {
  Pull(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_PullRequest, _painters_v1_Chunk__Output>;
  Pull(options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_PullRequest, _painters_v1_Chunk__Output>;
  pull(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_PullRequest, _painters_v1_Chunk__Output>;
  pull(options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_PullRequest, _painters_v1_Chunk__Output>;
  
}

export interface DataHandlers extends grpc.UntypedServiceImplementation {
  Pull: grpc.handleBidiStreamingCall<_painters_v1_PullRequest__Output, _painters_v1_Chunk>;
  
}

export interface DataDefinition extends grpc.ServiceDefinition {
  Pull: MethodDefinition<_painters_v1_PullRequest, _painters_v1_Chunk, _painters_v1_PullRequest__Output, _painters_v1_Chunk__Output>
}
