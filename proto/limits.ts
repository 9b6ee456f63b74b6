// Every bound of the wire in one place: keepalive, deadlines, message sizes, windows.
import type { ChannelOptions } from "@grpc/grpc-js";

const mebibyte = 2 ** 20;

/** A silent peer is noticed after timeMs + timeoutMs at most. */
export interface Keepalive {
  readonly timeMs: number;
  readonly timeoutMs: number;
}

/** Shorter would kill healthy links of a process whose event loop is busy for some seconds. */
export const keepalive: Keepalive = { timeMs: 10_000, timeoutMs: 10_000 };

export const deadlines = {
  /** From a stream's opening to its hello, as the server sees it. */
  helloMs: 10_000,
  /** From dialling to the peer's acceptance, as the client sees it. */
  openMs: 15_000,
  /** A call that answers once. */
  callMs: 30_000,
  /** Calls that still run when a server stops. */
  shutdownMs: 5_000,
} as const;

export const backoff = { minMs: 200, maxMs: 10_000 } as const;

/** Data in one chunk of a frame. */
export const chunkBytes = mebibyte;
/** Data in one chunk of a running sum, which is used as it comes. */
export const pieceBytes = mebibyte / 2;
/** A chunk's message, as a consumer accepts it from any producer. */
export const maxChunkMessageBytes = 4 * mebibyte;
/** One hidden state. */
export const maxFrameBytes = 1024 * mebibyte;
/** What a producer may have on the way to one consumer. */
export const initialCreditBytes = 64 * mebibyte;

/** Chunks that a producer may have in shared memory. */
export const sharedSlots = 64;
/** Of these for one consumer, which returns them when it has read a quarter, or nothing came for a while. */
export const sharedSlotsPerLink = 32;
export const sharedIdleMs = 1000;
/** Less travels in its chunk. */
export const leastSharedBytes = 64 * 1024;

/** Plans of large sweeps and long token rows are the largest. */
export const maxControlMessageBytes = 256 * mebibyte;
/** Control messages waiting for a peer that does not read; beyond it the link ends. */
export const maxQueuedMessages = 100_000;
/** Values in one message of a probe. */
export const probePieceBytes = mebibyte;
/** Prompts and options of one generation: the coordinator turns them into tokens between hearing its workers. */
export const maxGenerationBytes = mebibyte;
/** Data in one chunk of a result file. */
export const fileChunkBytes = mebibyte;

/** Bytes a server may send ahead of the client. grpc-js honours it on clients only, so clients pull bulk data. */
export const flowControlWindow = 16 * mebibyte;

export function channelOptions(alive: Keepalive, maxMessageBytes: number): ChannelOptions {
  return {
    "grpc.keepalive_time_ms": alive.timeMs,
    "grpc.keepalive_timeout_ms": alive.timeoutMs,
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc-node.flow_control_window": flowControlWindow,
    // Links are redialled by us, each try on a connection of its own.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_retries": 0,
    "grpc.enable_http_proxy": 0,
    "grpc.service_config_disable_resolution": 1,
  };
}

export function serverOptions(alive: Keepalive, maxMessageBytes: number): ChannelOptions {
  return {
    "grpc.keepalive_time_ms": alive.timeMs,
    "grpc.keepalive_timeout_ms": alive.timeoutMs,
    "grpc.max_receive_message_length": maxMessageBytes,
  };
}
