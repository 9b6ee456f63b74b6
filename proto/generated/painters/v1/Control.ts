// Original file: proto/painters.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ToCoordinator as _painters_v1_ToCoordinator, ToCoordinator__Output as _painters_v1_ToCoordinator__Output } from '../../painters/v1/ToCoordinator.js';
import type { ToWorker as _painters_v1_ToWorker, ToWorker__Output as _painters_v1_ToWorker__Output } from '../../painters/v1/ToWorker.js';

export interface ControlClient extends grpc.Client {
  Attach(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_ToCoordinator, _painters_v1_ToWorker__Output>;
  Attach(options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_ToCoordinator, _painters_v1_ToWorker__Output>;
  attach(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_ToCoordinator, _painters_v1_ToWorker__Output>;
  attach(options?: grpc.CallOptions): grpc.ClientDuplexStream<_painters_v1_ToCoordinator, _painters_v1_ToWorker__Output>;
  
}

export interface ControlHandlers extends grpc.UntypedServiceImplementation {
  Attach: grpc.handleBidiStreamingCall<_painters_v1_ToCoordinator__Output, _painters_v1_ToWorker>;
  
}

export interface ControlDefinition extends grpc.ServiceDefinition {
  Attach: MethodDefinition<_painters_v1_ToCoordinator, _painters_v1_ToWorker, _painters_v1_ToCoordinator__Output, _painters_v1_ToWorker__Output>
}
