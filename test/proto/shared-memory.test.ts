// Memory that processes of one machine share, and what links do with it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { openSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Metadata, type ServerDuplexStream } from "@grpc/grpc-js";
import { openDataLink } from "../../proto/data-client.js";
import { type PullRequest, pullMethod, type ReceivedRequest, sharedHeader } from "../../proto/data-method.js";
import { type ChunkSink, ConsumerOutlet } from "../../proto/data-outlet.js";
import { serviceNames } from "../../proto/definition.js";
import type { Chunk, Frame } from "../../proto/frame.js";
import { FrameAssembler } from "../../proto/frame-assembler.js";
import { chunkBytes, leastSharedBytes, sharedSlots, sharedSlotsPerLink } from "../../proto/limits.js";
import { ProtocolError } from "../../proto/protocol-error.js";
import { createServer } from "../../proto/server.js";
import { SharedInbox, SharedOutbox } from "../../proto/shared-memory.js";
import { Events, plain } from "./loopback.js";

const outbox = SharedOutbox.create();
const skip = outbox === null ? "this system has no /dev/shm" : false;

function open(t: TestContext): { readonly shared: SharedOutbox; readonly inbox: SharedInbox } {
  const shared = SharedOutbox.create()!;
  const inbox = SharedInbox.open(shared.offer)!;
  t.after(() => {
    inbox.close();
    shared.close();
  });
  return { shared, inbox };
}

function bytesOf(length: number, first = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i) % 251);
}

/** An outlet whose chunks are kept, with credit for anything. */
function outletTo(chunks: Chunk[], shared: SharedOutbox, sink?: ChunkSink): ConsumerOutlet {
  const keeping: ChunkSink = {
    write(chunk, written) {
      chunks.push(chunk);
      written();
      return true;
    },
    once: () => undefined,
  };
  const outlet = new ConsumerOutlet(sink ?? keeping);
  outlet.share(shared);
  outlet.grant(2 ** 40);
  return outlet;
}

function frameOf(payload: Float32Array<ArrayBuffer>, state = 7): Frame {
  const shape = [1, 1, payload.length];
  return { epoch: 1, injection: 1, state, from: 0, to: 1, shape, isRunningSum: false, begin: 0, payload };
}

test("data comes out as it went in, once for all its readers", { skip }, (t) => {
  const { shared, inbox } = open(t);
  const data = bytesOf(chunkBytes);
  const first = shared.put(data)!;
  const second = shared.put(new Uint8Array(data.buffer, 0, chunkBytes))!;
  assert.deepEqual([second.slot, second.sequence], [first.slot, first.sequence]);
  const part = shared.put(data.subarray(5, 1005))!;
  assert.notEqual(part.slot, first.slot);
  for (const [block, expected] of [
    [first, data],
    [part, data.subarray(5, 1005)],
  ] as const) {
    const target = new Uint8Array(block.bytes);
    inbox.read(block, target);
    assert.deepEqual(target, expected);
  }
});

test("a slot that was written again is not taken for what it was", { skip }, (t) => {
  const { shared, inbox } = open(t);
  const old = shared.put(bytesOf(1000))!;
  shared.release(old);
  const fresh = shared.put(bytesOf(1000, 9))!;
  assert.equal(fresh.slot, old.slot);
  const target = new Uint8Array(1000);
  assert.throws(() => inbox.read(old, target), ProtocolError);
  inbox.read(fresh, target);
  assert.deepEqual(target, bytesOf(1000, 9));
  for (const wrong of [
    { ...fresh, slot: sharedSlots },
    { ...fresh, slot: 2 ** 52 },
    { ...fresh, bytes: 2 ** 40 },
    { ...fresh, slot: sharedSlots - 1 },
  ]) {
    assert.throws(
      () => inbox.read(wrong, target),
      /chunk\.shared is \d+ bytes in slot \d+, which the producer has given up/,
    );
  }
});

test("a full memory takes nothing until a slot is returned", { skip }, (t) => {
  const { shared } = open(t);
  const blocks = Array.from({ length: sharedSlots }, () => shared.put(bytesOf(10))!);
  assert.equal(new Set(blocks.map(({ slot }) => slot)).size, sharedSlots);
  assert.equal(shared.put(bytesOf(10)), null);
  shared.release(blocks[3]!);
  assert.equal(shared.put(bytesOf(10))!.slot, blocks[3]!.slot);
});

test("only what a producer offers is opened", { skip }, (t) => {
  const { shared } = open(t);
  const [pid, descriptor, nonce] = shared.offer.split("/") as [string, string, string];
  const other = openSync(fileURLToPath(import.meta.url), "r");
  const odd = openSync("/proc/self/mem", "r");
  for (const offer of [
    "",
    "undefined",
    `${pid}/${descriptor}/${"0".repeat(32)}`,
    `${pid}/${other}/${nonce}`,
    `${pid}/${odd}/${nonce}`,
    `${pid}/0/${nonce}`,
    `${pid}/${descriptor}/${nonce}/..`,
    `4194304/${descriptor}/${nonce}`,
    `self/${descriptor}/${nonce}`,
  ]) {
    assert.equal(SharedInbox.open(offer), null, offer);
  }
});

test("frames go by slots to whoever reads them, small ones as they are; credits return the slots", {
  skip,
}, (t) => {
  const { shared, inbox } = open(t);
  const [chunks, others]: [Chunk[], Chunk[]] = [[], []];
  const outlet = outletTo(chunks, shared);
  const payload = new Float32Array(sharedSlotsPerLink * (chunkBytes / 4)).map((_, i) => i);
  const least = new Float32Array(leastSharedBytes / 4 - 1);
  void outlet.send(frameOf(least));
  void outlet.send(frameOf(payload));
  void outlet.send(frameOf(payload.slice(0, 40_000), 8));
  // The last one waits for a slot of this link.
  assert.equal(chunks.length, 1 + sharedSlotsPerLink);
  const assembler = new FrameAssembler();
  assert.throws(() => new FrameAssembler().take(chunks[1]!), /no memory is shared/);
  assembler.shared = inbox;
  assert.deepEqual(assembler.take(chunks[0]!)!.payload, least);
  const [frame] = chunks.slice(1).flatMap((chunk) => assembler.take(chunk) ?? []);
  assert.deepEqual(frame!.payload, payload);
  const slots = new Set(chunks.slice(1).map((chunk) => chunk.shared!.slot));
  assert.equal(slots.size, sharedSlotsPerLink);

  // Another link writes nothing of it anew.
  void outletTo(others, shared).send(frameOf(payload));
  assert.deepEqual(
    others.map((chunk) => chunk.shared),
    chunks.slice(1).map((chunk) => chunk.shared),
  );

  outlet.grant(least.byteLength + chunkBytes);
  assert.equal(chunks.at(-1)!.header.state, 8);
  // A closed link lets go of its slots; those that the other has not read stay.
  outlet.close();
  assert.equal(others.length, sharedSlotsPerLink);
  const free = Array.from({ length: sharedSlots }, () => shared.put(bytesOf(10))).filter((block) => block);
  assert.equal(free.length, sharedSlots - sharedSlotsPerLink);
});

test("a consumer that hears nothing more returns what it has read", { skip }, async (t) => {
  const { shared } = open(t);
  const requests = new Events<ReceivedRequest>();
  const server = createServer({ address: "127.0.0.1:0", credentials: plain });
  const pull = (call: ServerDuplexStream<ReceivedRequest, Chunk>): void => {
    const headers = new Metadata();
    headers.set(sharedHeader, shared.offer);
    call.sendMetadata(headers);
    call.on("data", (request: ReceivedRequest) => {
      requests.add(request);
      if (request instanceof ProtocolError || request.kind !== "reads-shared") return;
      void outletTo([], shared, call).send(frameOf(new Float32Array(100_000)));
    });
  };
  server.add(serviceNames.data, { Pull: pullMethod }, { Pull: pull });
  const address = await server.listen();
  t.after(() => server.shutdown(0));
  const frames = new Events<Frame>();
  const link = await openDataLink(
    { address, credentials: plain, self: "b", producer: "a" },
    { frame: frames.add, closed: () => undefined },
  );
  t.after(() => link.close());
  assert.equal((await frames.next()).payload.length, 100_000);
  const came = [await requests.next(), await requests.next(), await requests.next()];
  assert.deepEqual(
    came.map((request) => (request as PullRequest).kind),
    ["hello", "credit", "reads-shared"],
  );
  assert.deepEqual(await requests.next(), { kind: "credit", bytes: 400_000 });
});

test("where /dev/shm is too small, what finds no room travels in its chunk", async (t) => {
  const script = fileURLToPath(new URL("small-shared-memory.js", import.meta.url));
  const mount = `mount -t tmpfs -o size=3m tmpfs /dev/shm && exec "${process.execPath}" "${script}"`;
  try {
    await promisify(execFile)("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"]);
  } catch {
    t.skip("mounting is not allowed here");
    return;
  }
  const { stdout } = await promisify(execFile)("unshare", ["--mount", "sh", "-c", mount]);
  assert.deepEqual(JSON.parse(stdout), { frames: 8, equal: 8, shared: 2, sharedLater: true });
});
