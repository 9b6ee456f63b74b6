// Data links between real servers and clients on loopback.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, type StatusObject } from "@grpc/grpc-js";
import { type DataLinkSettings, openDataLink } from "../../proto/data-client.js";
import { pullMethod } from "../../proto/data-method.js";
import { serveData } from "../../proto/data-server.js";
import { chunkAt, type Frame } from "../../proto/frame.js";
import { chunkBytes } from "../../proto/limits.js";
import { LinkError } from "../../proto/link-error.js";
import { protocolVersion } from "../../proto/messages.js";
import { ProtocolError } from "../../proto/protocol-error.js";
import { createServer } from "../../proto/server.js";
import { bytesOf } from "./chunk-bytes.js";
import { Events, plain, quickKeepalive } from "./loopback.js";

async function startProducer(
  t: TestContext,
  mayPull: (name: string) => boolean | Promise<boolean> = () => true,
) {
  const server = createServer({ address: "127.0.0.1:0", credentials: plain, keepalive: quickKeepalive });
  const closed = new Events<string>();
  const outlet = serveData(server, {
    mayPull,
    closed: (worker, reason) => closed.add(`${worker}: ${reason}`),
  });
  const address = await server.listen();
  t.after(() => server.shutdown(0));
  return { address, outlet, closed };
}

async function startConsumer(t: TestContext, address: string, settings: Partial<DataLinkSettings> = {}) {
  const frames = new Events<Frame>();
  const closed = new Events<Error | null>();
  const link = await openDataLink(
    { address, credentials: plain, self: "b", producer: "a", keepalive: quickKeepalive, ...settings },
    { frame: frames.add, closed: closed.add },
  );
  t.after(() => link.close());
  return { link, frames, closed };
}

function frameOf(floats: number, injection = 1, epoch = 1): Frame {
  const payload = new Float32Array(floats);
  for (let at = 0; at < floats; at++) payload[at] = at + injection;
  const header = { epoch, injection, state: 7, from: 0, to: 1, shape: [1, floats], isRunningSum: false };
  return { ...header, begin: 0, payload };
}

for (const sharesMemory of [true, false]) {
  const way = sharesMemory ? "by shared memory" : "by the connection alone";
  test(`frames of any size arrive in order ${way}, bit by bit, and the sender hears when`, async (t) => {
    const { address, outlet } = await startProducer(t);
    const settings = { creditBytes: 3 * chunkBytes, sharesMemory };
    const { frames, link } = await startConsumer(t, address, settings);
    assert.equal(link.sharesMemory, sharesMemory && existsSync("/dev/shm"));
    const sent = [0, 1, 1000, chunkBytes / 4, chunkBytes / 4 + 1, 2_000_000].map((floats) => frameOf(floats));
    const outcomes = sent.map((frame) => outlet.send("b", frame));
    for (const frame of sent) assert.deepEqual(await frames.next(), frame);
    assert.deepEqual(
      await Promise.all(outcomes),
      sent.map(() => "sent"),
    );
    assert.equal(outlet.queuedBytes("b"), 0);
    assert.equal(
      link.receivedBytes,
      sent.reduce((sum, { payload }) => sum + payload.byteLength, 0),
    );
  });
}

test("the event loop goes on while a large frame is sent and received", async (t) => {
  const { address, outlet } = await startProducer(t);
  const { frames } = await startConsumer(t, address);
  const frame = frameOf(16_000_000);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  t.after(() => clearInterval(timer));
  void outlet.send("b", frame);
  await frames.next();
  assert.ok(turns >= 5, `${turns} other things were done while 64 MB were sent and received`);
});

test("what was dropped is said to be, and a frame that has begun is finished", async (t) => {
  const { address, outlet } = await startProducer(t);
  assert.equal(await outlet.send("b", frameOf(1)), "dropped");
  const { frames, link } = await startConsumer(t, address);
  void outlet.send("b", frameOf(1, 0)); // credits are there once it came
  await frames.next();
  const large = frameOf(4_000_000, 1, 1);
  const outcomes = [large, frameOf(5, 2, 1), frameOf(5, 3, 2)].map((frame) => outlet.send("b", frame));
  outlet.dropEpoch(1);
  assert.deepEqual(await Promise.all(outcomes), ["sent", "dropped", "sent"]);
  assert.equal((await frames.next()).payload.length, 4_000_000);
  assert.equal((await frames.next()).epoch, 2);
  const lost = outlet.send("b", frameOf(30_000_000));
  link.close();
  assert.equal(await lost, "dropped");
});

test("links are refused, replaced and ended with a reason", async (t) => {
  let allow = (_: boolean): void => {};
  const planArrives = new Promise<boolean>((resolve) => {
    allow = resolve;
  });
  const producer = await startProducer(t, (name) => (name === "late" ? planArrives : name === "b"));
  const stranger = startConsumer(t, producer.address, { self: "stranger" });
  await assert.rejects(stranger, (error) => {
    assert.ok(error instanceof LinkError && error.code === "PERMISSION_DENIED");
    assert.match(error.message, /worker "stranger" may not pull/);
    return true;
  });
  const late = startConsumer(t, producer.address, { self: "late" });
  allow(true);
  await late;

  const first = await startConsumer(t, producer.address);
  const second = await startConsumer(t, producer.address);
  const replaced = await first.closed.next();
  assert.ok(replaced instanceof LinkError && replaced.code === "ABORTED");
  void producer.outlet.send("b", frameOf(3));
  await second.frames.next();
  producer.outlet.close("b", "drained");
  assert.match(String(await second.closed.next()), /drained/);
  assert.equal(await producer.closed.next(), "b: drained");
});

test("a consumer of another protocol version is told both", async (t) => {
  const { address } = await startProducer(t);
  const client = new Client(address, plain.forClient(address).credentials);
  t.after(() => client.close());
  const stream = client.makeBidiStreamRequest(pullMethod.path, pullMethod.requestSerialize, (bytes) => bytes);
  stream.on("error", () => {});
  stream.resume();
  stream.write({ kind: "hello", protocolVersion: protocolVersion + 1, worker: "b" });
  const { details } = await new Promise<StatusObject>((resolve) => stream.on("status", resolve));
  assert.match(details, new RegExp(`version ${protocolVersion}, worker "b" version ${protocolVersion + 1}`));
});

/** A producer that sends bytes of our making. */
async function startForeignProducer(t: TestContext, messages: readonly Buffer[]): Promise<string> {
  const server = createServer({ address: "127.0.0.1:0", credentials: plain });
  server.add(
    "painters.v1.Data",
    { Pull: { ...pullMethod, responseSerialize: (bytes: Buffer) => bytes } },
    {
      Pull: (call: NodeJS.WritableStream) => {
        for (const message of messages) call.write(message);
      },
    },
  );
  const address = await server.listen();
  t.after(() => server.shutdown(0));
  return address;
}

test("malformed, truncated and oversized frames end their link; others live on", async (t) => {
  const { address, outlet } = await startProducer(t);
  const good = await startConsumer(t, address);
  const chunk = chunkAt(frameOf(100), 0);
  const bytes = (wrong: object): Buffer => bytesOf({ ...chunk, ...wrong });
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.from([0xff]), /chunk is truncated/],
    [bytes({}).subarray(0, 200), /chunk is truncated: \d+ bytes are announced, 200 came/],
    [bytes({ totalBytes: 404 }), /chunk\.total_bytes is 404; float32 of shape \[1, 100\] has 400/],
    [bytes({ data: new Uint8Array(401) }), /chunk\.data ends at byte 401 of a frame of 400/],
    [bytes({ offset: 4 }), /chunk\.offset is 4/],
    [
      bytes({ shared: { slot: 1, sequence: 1, bytes: 400 } }),
      /chunk\.shared_bytes is 400 beside 400 bytes of data/,
    ],
    [
      bytes({ data: new Uint8Array(), shared: { slot: 1, sequence: 1, bytes: 400 } }),
      /chunk\.shared says where data lies, but no memory is shared/,
    ],
  ];
  for (const [message, expected] of cases) {
    const foreign = await startConsumer(t, await startForeignProducer(t, [message]));
    const error = await foreign.closed.next();
    assert.ok(error instanceof ProtocolError, String(error));
    assert.match(error.message, expected);
  }
  const limited = await startConsumer(t, await startForeignProducer(t, [bytes({})]), { maxFrameBytes: 399 });
  assert.match(String(await limited.closed.next()), /chunk\.total_bytes is 400; the limit of a frame is 399/);
  const huge = await startConsumer(t, await startForeignProducer(t, [Buffer.alloc(5 * 2 ** 20)]));
  assert.match(String(await huge.closed.next()), /larger than max/);
  void outlet.send("b", frameOf(3));
  await good.frames.next();
});

test("a consumer that grants nothing more bounds what leaves the producer", async (t) => {
  const { address, outlet } = await startProducer(t);
  const client = new Client(address, plain.forClient(address).credentials, {
    "grpc-node.flow_control_window": 64 * 2 ** 20,
  });
  t.after(() => client.close());
  const stream = client.makeBidiStreamRequest(pullMethod.path, pullMethod.requestSerialize, (bytes) => bytes);
  stream.on("error", () => {});
  t.after(() => stream.cancel());
  let received = 0;
  const arrived = new Events<number>();
  stream.on("data", (bytes: Buffer) => {
    received += bytes.length;
    arrived.add(received);
  });
  stream.write({ kind: "hello", protocolVersion, worker: "b" });
  await once(stream, "metadata");
  const frames = [1, 2].map((injection) => frameOf(2_000_000, injection));
  for (const frame of frames) void outlet.send("b", frame);
  stream.write({ kind: "credit", bytes: 4 * chunkBytes });
  while (received < 4 * chunkBytes) await arrived.next();
  // The producer has answered all it will when a later credit's chunk is the next to come.
  assert.equal(outlet.queuedBytes("b"), 16_000_000 - 4 * chunkBytes);
  stream.write({ kind: "credit", bytes: 1 });
  while (received < 5 * chunkBytes) await arrived.next();
  assert.ok(received < 5 * chunkBytes + 1000, `${received} bytes came`);
});

test("a stopped consumer is noticed within keepalive and holds back the producer until then", async (t) => {
  const { address, outlet, closed } = await startProducer(t);
  const child = fork(fileURLToPath(new URL("stopped-child.js", import.meta.url)), ["pull", address]);
  t.after(() => child.kill("SIGKILL"));
  await once(child, "message");
  const total = 40;
  const frame = frameOf(1_000_000);
  const stopped = performance.now();
  child.kill("SIGSTOP");
  const outcomes = Array.from({ length: total }, () => outlet.send("child", frame));
  const before = process.memoryUsage().arrayBuffers;
  assert.equal(await closed.next(), "child: the connection broke");
  assert.ok(performance.now() - stopped < 3000);
  assert.ok(
    process.memoryUsage().arrayBuffers - before < 64 * 2 ** 20,
    "the producer copied more than the credits",
  );
  const dropped = (await Promise.all(outcomes)).filter((outcome) => outcome === "dropped");
  assert.ok(
    dropped.length > total / 4,
    `${total - dropped.length} of ${total} frames went to a stopped process`,
  );
});

test("a stopped producer is noticed within keepalive", async (t) => {
  const child = fork(fileURLToPath(new URL("stopped-child.js", import.meta.url)), ["serve"]);
  t.after(() => child.kill("SIGKILL"));
  const [address] = (await once(child, "message")) as [string];
  const { link, closed } = await startConsumer(t, address);
  assert.equal(link.sharesMemory, existsSync("/dev/shm"), "another process's memory is found");
  const stopped = performance.now();
  child.kill("SIGSTOP");
  assert.match(String(await closed.next()), /lost worker "a" at /);
  assert.ok(performance.now() - stopped < 3000);
});
