// One process of bare-merge.ts: worker `argv[2]` of a mean whose branches are one worker each. The first sends the
// input to all others; when its wait for a layer is over a worker sends on what comes of the running sum.
import { once } from "node:events";
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import {
  channelOptions,
  chunkBytes,
  keepalive,
  maxChunkMessageBytes,
  pieceBytes,
} from "../../proto/limits.js";
import type { BareRequest, BareSettings } from "./bare-merge.js";

const same = (bytes: Buffer): Buffer => bytes;
const pull = {
  path: "/bench.BareMerge/Pull",
  requestStream: false,
  responseStream: true,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
} as const;

const self = Number(process.argv[2]);
const consumers = new Map<number, ServerWritableStream<Buffer, Buffer>>();
const server = new Server();
server.addService(
  { Pull: pull },
  {
    Pull(call: ServerWritableStream<Buffer, Buffer>) {
      consumers.set(Number(call.request), call);
      call.sendMetadata(new Metadata());
    },
  },
);
const port = await new Promise<number>((resolve, reject) => {
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  );
});
process.send?.(`127.0.0.1:${port}`);
const [{ addresses, stateBytes, layerMs }] = (await once(process, "message")) as [BareSettings];
const state = Buffer.alloc(stateBytes, 1);
const isLast = self === addresses.length - 1;

const send = (to: number, most: number): void => {
  for (let begin = 0; begin < stateBytes; begin += most) {
    consumers.get(to)!.write(state.subarray(begin, Math.min(stateBytes, begin + most)));
  }
};

/** Pieces that came before the layer was over. */
let held: Buffer[] | null = [];
let sumBytes = 0;
const pass = (piece: Buffer): void => {
  sumBytes += piece.length;
  if (!isLast) consumers.get(self + 1)!.write(piece);
  if (sumBytes < stateBytes) return;
  sumBytes = 0;
  held = [];
  if (isLast) process.send?.("merged");
};
const compute = (): void => {
  setTimeout(() => {
    if (self === 0) return send(1, pieceBytes);
    const pieces = held!;
    held = null;
    for (const piece of pieces) pass(piece);
  }, layerMs);
};
const receiveSum = (piece: Buffer): void => {
  if (held) held.push(piece);
  else pass(piece);
};
let inputBytes = 0;
const receiveInput = (chunk: Buffer): void => {
  inputBytes += chunk.length;
  if (inputBytes < stateBytes) return;
  inputBytes = 0;
  compute();
};

const dial = async (producer: number, receive: (bytes: Buffer) => void): Promise<void> => {
  const options = channelOptions(keepalive, maxChunkMessageBytes);
  const client = new Client(addresses[producer]!, credentials.createInsecure(), options);
  const call = client.makeServerStreamRequest(pull.path, same, same, Buffer.from(String(self)));
  call.on("data", receive);
  call.on("error", () => process.exit());
  await once(call, "metadata");
};
// The second worker has the input and the sum from the same producer, in turn.
let fromFirst = 0;
const receiveBoth = (bytes: Buffer): void => {
  const isInput = fromFirst < stateBytes;
  fromFirst = (fromFirst + bytes.length) % (2 * stateBytes);
  if (isInput) receiveInput(bytes);
  else receiveSum(bytes);
};
if (self === 1) await dial(0, receiveBoth);
if (self > 1) await Promise.all([dial(0, receiveInput), dial(self - 1, receiveSum)]);

process.on("message", (request: BareRequest) => {
  if (request === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
    return;
  }
  for (let to = 1; to < addresses.length; to++) send(to, chunkBytes);
  compute();
});
process.on("disconnect", () => process.exit());
process.send?.("linked");
