// Original file: proto/painters.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { FileChunk as _painters_v1_FileChunk, FileChunk__Output as _painters_v1_FileChunk__Output } from '../../painters/v1/FileChunk.js';
import type { GenerateRequest as _painters_v1_GenerateRequest, GenerateRequest__Output as _painters_v1_GenerateRequest__Output } from '../../painters/v1/GenerateRequest.js';
import type { GenerationNews as _painters_v1_GenerationNews, GenerationNews__Output as _painters_v1_GenerationNews__Output } from '../../painters/v1/GenerationNews.js';
import type { ListReply as _painters_v1_ListReply, ListReply__Output as _painters_v1_ListReply__Output } from '../../painters/v1/ListReply.js';
import type { ListRequest as _painters_v1_ListRequest, ListRequest__Output as _painters_v1_ListRequest__Output } from '../../painters/v1/ListRequest.js';
import type { Progress as _painters_v1_Progress, Progress__Output as _painters_v1_Progress__Output } from '../../painters/v1/Progress.js';
import type { SubmitReply as _painters_v1_SubmitReply, SubmitReply__Output as _painters_v1_SubmitReply__Output } from '../../painters/v1/SubmitReply.js';
import type { SubmitRequest as _painters_v1_SubmitRequest, SubmitRequest__Output as _painters_v1_SubmitRequest__Output } from '../../painters/v1/SubmitRequest.js';
import type { SweepRequest as _painters_v1_SweepRequest, SweepRequest__Output as _painters_v1_SweepRequest__Output } from '../../painters/v1/SweepRequest.js';

export interface SweepsClient extends grpc.Client {
  Cancel(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _painters_v1_SweepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  Cancel(argument: _painters_v1_SweepRequest, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  cancel(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  cancel(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  cancel(argument: _painters_v1_SweepRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  cancel(argument: _painters_v1_SweepRequest, callback: grpc.requestCallback<_painters_v1_Progress__Output>): grpc.ClientUnaryCall;
  
  Generate(argument: _painters_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_GenerationNews__Output>;
  Generate(argument: _painters_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_GenerationNews__Output>;
  generate(argument: _painters_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_GenerationNews__Output>;
  generate(argument: _painters_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_GenerationNews__Output>;
  
  List(argument: _painters_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _painters_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _painters_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _painters_v1_ListRequest, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _painters_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _painters_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _painters_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _painters_v1_ListRequest, callback: grpc.requestCallback<_painters_v1_ListReply__Output>): grpc.ClientUnaryCall;
  
  Results(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_FileChunk__Output>;
  Results(argument: _painters_v1_SweepRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_FileChunk__Output>;
  results(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_FileChunk__Output>;
  results(argument: _painters_v1_SweepRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_FileChunk__Output>;
  
  Submit(argument: _painters_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  Submit(argument: _painters_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  Submit(argument: _painters_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  Submit(argument: _painters_v1_SubmitRequest, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _painters_v1_SubmitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _painters_v1_SubmitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _painters_v1_SubmitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  submit(argument: _painters_v1_SubmitRequest, callback: grpc.requestCallback<_painters_v1_SubmitReply__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_Progress__Output>;
  Watch(argument: _painters_v1_SweepRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_Progress__Output>;
  watch(argument: _painters_v1_SweepRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_Progress__Output>;
  watch(argument: _painters_v1_SweepRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_painters_v1_Progress__Output>;
  
}

export interface SweepsHandlers extends grpc.UntypedServiceImplementation {
  Cancel: grpc.handleUnaryCall<_painters_v1_SweepRequest__Output, _painters_v1_Progress>;
  
  Generate: grpc.handleServerStreamingCall<_painters_v1_GenerateRequest__Output, _painters_v1_GenerationNews>;
  
  List: grpc.handleUnaryCall<_painters_v1_ListRequest__Output, _painters_v1_ListReply>;
  
  Results: grpc.handleServerStreamingCall<_painters_v1_SweepRequest__Output, _painters_v1_FileChunk>;
  
  Submit: grpc.handleUnaryCall<_painters_v1_SubmitRequest__Output, _painters_v1_SubmitReply>;
  
  Watch: grpc.handleServerStreamingCall<_painters_v1_SweepRequest__Output, _painters_v1_Progress>;
  
}

export interface SweepsDefinition extends grpc.ServiceDefinition {
  Cancel: MethodDefinition<_painters_v1_SweepRequest, _painters_v1_Progress, _painters_v1_SweepRequest__Output, _painters_v1_Progress__Output>
  Generate: MethodDefinition<_painters_v1_GenerateRequest, _painters_v1_GenerationNews, _painters_v1_GenerateRequest__Output, _painters_v1_GenerationNews__Output>
  List: MethodDefinition<_painters_v1_ListRequest, _painters_v1_ListReply, _painters_v1_ListRequest__Output, _painters_v1_ListReply__Output>
  Results: MethodDefinition<_painters_v1_SweepRequest, _painters_v1_FileChunk, _painters_v1_SweepRequest__Output, _painters_v1_FileChunk__Output>
  Submit: MethodDefinition<_painters_v1_SubmitRequest, _painters_v1_SubmitReply, _painters_v1_SubmitRequest__Output, _painters_v1_SubmitReply__Output>
  Watch: MethodDefinition<_painters_v1_SweepRequest, _painters_v1_Progress, _painters_v1_SweepRequest__Output, _painters_v1_Progress__Output>
}
