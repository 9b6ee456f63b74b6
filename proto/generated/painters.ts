import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AbortEpoch as _painters_v1_AbortEpoch, AbortEpoch__Output as _painters_v1_AbortEpoch__Output } from './painters/v1/AbortEpoch.js';
import type { Accumulate as _painters_v1_Accumulate, Accumulate__Output as _painters_v1_Accumulate__Output } from './painters/v1/Accumulate.js';
import type { Cached as _painters_v1_Cached, Cached__Output as _painters_v1_Cached__Output } from './painters/v1/Cached.js';
import type { Chunk as _painters_v1_Chunk, Chunk__Output as _painters_v1_Chunk__Output } from './painters/v1/Chunk.js';
import type { CloseEpoch as _painters_v1_CloseEpoch, CloseEpoch__Output as _painters_v1_CloseEpoch__Output } from './painters/v1/CloseEpoch.js';
import type { ControlClient as _painters_v1_ControlClient, ControlDefinition as _painters_v1_ControlDefinition } from './painters/v1/Control.js';
import type { Damp as _painters_v1_Damp, Damp__Output as _painters_v1_Damp__Output } from './painters/v1/Damp.js';
import type { DataClient as _painters_v1_DataClient, DataDefinition as _painters_v1_DataDefinition } from './painters/v1/Data.js';
import type { Draining as _painters_v1_Draining, Draining__Output as _painters_v1_Draining__Output } from './painters/v1/Draining.js';
import type { Embed as _painters_v1_Embed, Embed__Output as _painters_v1_Embed__Output } from './painters/v1/Embed.js';
import type { EpochFailed as _painters_v1_EpochFailed, EpochFailed__Output as _painters_v1_EpochFailed__Output } from './painters/v1/EpochFailed.js';
import type { EpochPlace as _painters_v1_EpochPlace, EpochPlace__Output as _painters_v1_EpochPlace__Output } from './painters/v1/EpochPlace.js';
import type { EpochReady as _painters_v1_EpochReady, EpochReady__Output as _painters_v1_EpochReady__Output } from './painters/v1/EpochReady.js';
import type { FileChunk as _painters_v1_FileChunk, FileChunk__Output as _painters_v1_FileChunk__Output } from './painters/v1/FileChunk.js';
import type { Finished as _painters_v1_Finished, Finished__Output as _painters_v1_Finished__Output } from './painters/v1/Finished.js';
import type { Forget as _painters_v1_Forget, Forget__Output as _painters_v1_Forget__Output } from './painters/v1/Forget.js';
import type { Generated as _painters_v1_Generated, Generated__Output as _painters_v1_Generated__Output } from './painters/v1/Generated.js';
import type { Goodbye as _painters_v1_Goodbye, Goodbye__Output as _painters_v1_Goodbye__Output } from './painters/v1/Goodbye.js';
import type { Head as _painters_v1_Head, Head__Output as _painters_v1_Head__Output } from './painters/v1/Head.js';
import type { Heartbeat as _painters_v1_Heartbeat, Heartbeat__Output as _painters_v1_Heartbeat__Output } from './painters/v1/Heartbeat.js';
import type { Hello as _painters_v1_Hello, Hello__Output as _painters_v1_Hello__Output } from './painters/v1/Hello.js';
import type { Inject as _painters_v1_Inject, Inject__Output as _painters_v1_Inject__Output } from './painters/v1/Inject.js';
import type { Layer as _painters_v1_Layer, Layer__Output as _painters_v1_Layer__Output } from './painters/v1/Layer.js';
import type { LinkBroken as _painters_v1_LinkBroken, LinkBroken__Output as _painters_v1_LinkBroken__Output } from './painters/v1/LinkBroken.js';
import type { ListReply as _painters_v1_ListReply, ListReply__Output as _painters_v1_ListReply__Output } from './painters/v1/ListReply.js';
import type { ListRequest as _painters_v1_ListRequest, ListRequest__Output as _painters_v1_ListRequest__Output } from './painters/v1/ListRequest.js';
import type { OpenEpoch as _painters_v1_OpenEpoch, OpenEpoch__Output as _painters_v1_OpenEpoch__Output } from './painters/v1/OpenEpoch.js';
import type { Plan as _painters_v1_Plan, Plan__Output as _painters_v1_Plan__Output } from './painters/v1/Plan.js';
import type { Probe as _painters_v1_Probe, Probe__Output as _painters_v1_Probe__Output } from './painters/v1/Probe.js';
import type { Probed as _painters_v1_Probed, Probed__Output as _painters_v1_Probed__Output } from './painters/v1/Probed.js';
import type { Progress as _painters_v1_Progress, Progress__Output as _painters_v1_Progress__Output } from './painters/v1/Progress.js';
import type { PullHello as _painters_v1_PullHello, PullHello__Output as _painters_v1_PullHello__Output } from './painters/v1/PullHello.js';
import type { PullRequest as _painters_v1_PullRequest, PullRequest__Output as _painters_v1_PullRequest__Output } from './painters/v1/PullRequest.js';
import type { Receive as _painters_v1_Receive, Receive__Output as _painters_v1_Receive__Output } from './painters/v1/Receive.js';
import type { Row as _painters_v1_Row, Row__Output as _painters_v1_Row__Output } from './painters/v1/Row.js';
import type { Scored as _painters_v1_Scored, Scored__Output as _painters_v1_Scored__Output } from './painters/v1/Scored.js';
import type { Shard as _painters_v1_Shard, Shard__Output as _painters_v1_Shard__Output } from './painters/v1/Shard.js';
import type { Slice as _painters_v1_Slice, Slice__Output as _painters_v1_Slice__Output } from './painters/v1/Slice.js';
import type { Step as _painters_v1_Step, Step__Output as _painters_v1_Step__Output } from './painters/v1/Step.js';
import type { Store as _painters_v1_Store, Store__Output as _painters_v1_Store__Output } from './painters/v1/Store.js';
import type { SubmitReply as _painters_v1_SubmitReply, SubmitReply__Output as _painters_v1_SubmitReply__Output } from './painters/v1/SubmitReply.js';
import type { SubmitRequest as _painters_v1_SubmitRequest, SubmitRequest__Output as _painters_v1_SubmitRequest__Output } from './painters/v1/SubmitRequest.js';
import type { SweepRequest as _painters_v1_SweepRequest, SweepRequest__Output as _painters_v1_SweepRequest__Output } from './painters/v1/SweepRequest.js';
import type { SweepsClient as _painters_v1_SweepsClient, SweepsDefinition as _painters_v1_SweepsDefinition } from './painters/v1/Sweeps.js';
import type { ToCoordinator as _painters_v1_ToCoordinator, ToCoordinator__Output as _painters_v1_ToCoordinator__Output } from './painters/v1/ToCoordinator.js';
import type { ToWorker as _painters_v1_ToWorker, ToWorker__Output as _painters_v1_ToWorker__Output } from './painters/v1/ToWorker.js';
import type { Welcome as _painters_v1_Welcome, Welcome__Output as _painters_v1_Welcome__Output } from './painters/v1/Welcome.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  painters: {
    v1: {
      AbortEpoch: MessageTypeDefinition<_painters_v1_AbortEpoch, _painters_v1_AbortEpoch__Output>
      Accumulate: MessageTypeDefinition<_painters_v1_Accumulate, _painters_v1_Accumulate__Output>
      Cached: MessageTypeDefinition<_painters_v1_Cached, _painters_v1_Cached__Output>
      Chunk: MessageTypeDefinition<_painters_v1_Chunk, _painters_v1_Chunk__Output>
      CloseEpoch: MessageTypeDefinition<_painters_v1_CloseEpoch, _painters_v1_CloseEpoch__Output>
      Control: SubtypeConstructor<typeof grpc.Client, _painters_v1_ControlClient> & { service: _painters_v1_ControlDefinition }
      Damp: MessageTypeDefinition<_painters_v1_Damp, _painters_v1_Damp__Output>
      Data: SubtypeConstructor<typeof grpc.Client, _painters_v1_DataClient> & { service: _painters_v1_DataDefinition }
      Draining: MessageTypeDefinition<_painters_v1_Draining, _painters_v1_Draining__Output>
      Embed: MessageTypeDefinition<_painters_v1_Embed, _painters_v1_Embed__Output>
      EpochFailed: MessageTypeDefinition<_painters_v1_EpochFailed, _painters_v1_EpochFailed__Output>
      EpochPlace: MessageTypeDefinition<_painters_v1_EpochPlace, _painters_v1_EpochPlace__Output>
      EpochReady: MessageTypeDefinition<_painters_v1_EpochReady, _painters_v1_EpochReady__Output>
      FileChunk: MessageTypeDefinition<_painters_v1_FileChunk, _painters_v1_FileChunk__Output>
      Finished: MessageTypeDefinition<_painters_v1_Finished, _painters_v1_Finished__Output>
      Forget: MessageTypeDefinition<_painters_v1_Forget, _painters_v1_Forget__Output>
      Generated: MessageTypeDefinition<_painters_v1_Generated, _painters_v1_Generated__Output>
      Goodbye: MessageTypeDefinition<_painters_v1_Goodbye, _painters_v1_Goodbye__Output>
      Head: MessageTypeDefinition<_painters_v1_Head, _painters_v1_Head__Output>
      Heartbeat: MessageTypeDefinition<_painters_v1_Heartbeat, _painters_v1_Heartbeat__Output>
      Hello: MessageTypeDefinition<_painters_v1_Hello, _painters_v1_Hello__Output>
      Inject: MessageTypeDefinition<_painters_v1_Inject, _painters_v1_Inject__Output>
      Layer: MessageTypeDefinition<_painters_v1_Layer, _painters_v1_Layer__Output>
      LinkBroken: MessageTypeDefinition<_painters_v1_LinkBroken, _painters_v1_LinkBroken__Output>
      ListReply: MessageTypeDefinition<_painters_v1_ListReply, _painters_v1_ListReply__Output>
      ListRequest: MessageTypeDefinition<_painters_v1_ListRequest, _painters_v1_ListRequest__Output>
      OpenEpoch: MessageTypeDefinition<_painters_v1_OpenEpoch, _painters_v1_OpenEpoch__Output>
      Plan: MessageTypeDefinition<_painters_v1_Plan, _painters_v1_Plan__Output>
      Probe: MessageTypeDefinition<_painters_v1_Probe, _painters_v1_Probe__Output>
      Probed: MessageTypeDefinition<_painters_v1_Probed, _painters_v1_Probed__Output>
      Progress: MessageTypeDefinition<_painters_v1_Progress, _painters_v1_Progress__Output>
      PullHello: MessageTypeDefinition<_painters_v1_PullHello, _painters_v1_PullHello__Output>
      PullRequest: MessageTypeDefinition<_painters_v1_PullRequest, _painters_v1_PullRequest__Output>
      Receive: MessageTypeDefinition<_painters_v1_Receive, _painters_v1_Receive__Output>
      Row: MessageTypeDefinition<_painters_v1_Row, _painters_v1_Row__Output>
      Scored: MessageTypeDefinition<_painters_v1_Scored, _painters_v1_Scored__Output>
      Shard: MessageTypeDefinition<_painters_v1_Shard, _painters_v1_Shard__Output>
      Slice: MessageTypeDefinition<_painters_v1_Slice, _painters_v1_Slice__Output>
      Step: MessageTypeDefinition<_painters_v1_Step, _painters_v1_Step__Output>
      Store: MessageTypeDefinition<_painters_v1_Store, _painters_v1_Store__Output>
      SubmitReply: MessageTypeDefinition<_painters_v1_SubmitReply, _painters_v1_SubmitReply__Output>
      SubmitRequest: MessageTypeDefinition<_painters_v1_SubmitRequest, _painters_v1_SubmitRequest__Output>
      SweepRequest: MessageTypeDefinition<_painters_v1_SweepRequest, _painters_v1_SweepRequest__Output>
      Sweeps: SubtypeConstructor<typeof grpc.Client, _painters_v1_SweepsClient> & { service: _painters_v1_SweepsDefinition }
      ToCoordinator: MessageTypeDefinition<_painters_v1_ToCoordinator, _painters_v1_ToCoordinator__Output>
      ToWorker: MessageTypeDefinition<_painters_v1_ToWorker, _painters_v1_ToWorker__Output>
      Welcome: MessageTypeDefinition<_painters_v1_Welcome, _painters_v1_Welcome__Output>
    }
  }
}

