// The control stream between real processes' ends on loopback.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, type MethodDefinition, type ServiceDefinition, type StatusObject } from "@grpc/grpc-js";
import fc from "fast-check";
import { type AttachOptions, attachControl, type ControlEnded } from "../../proto/control-client.js";
import { type ControlLink, serveControl, type WorkerMessage } from "../../proto/control-server.js";
import { painters } from "../../proto/definition.js";
import { LinkError } from "../../proto/link-error.js";
import { type Hello, protocolVersion, type ToWorker } from "../../proto/messages.js";
import { ProtocolError } from "../../proto/protocol-error.js";
import { createServer } from "../../proto/server.js";
import { anyHello, anyToCoordinator, anyToWorker } from "./arbitrary-messages.js";
import { Events, helloOf, plain, quickKeepalive } from "./loopback.js";

const rawAttach = (painters["painters.v1.Control"] as ServiceDefinition).Attach as MethodDefinition<
  object,
  object
>;

async function startCoordinator(t: TestContext, { helloMs = 5000, address = "127.0.0.1:0" } = {}) {
  const server = createServer({ address, credentials: plain, keepalive: quickKeepalive });
  const attached = new Events<ControlLink>();
  const messages = new Events<WorkerMessage>();
  const closed = new Events<{ readonly link: ControlLink; readonly reason: string }>();
  const refused = new Events<string>();
  serveControl(
    server,
    {
      attached: attached.add,
      message: (_, message) => messages.add(message),
      closed: (link, reason) => closed.add({ link, reason }),
      refused: (_, reason) => refused.add(reason),
    },
    { helloMs },
  );
  const bound = await server.listen();
  t.after(() => server.shutdown(0));
  return { address: bound, server, attached, messages, closed, refused };
}

function startWorker(
  t: TestContext,
  address: string,
  hello: () => Hello = () => helloOf("w"),
  options: AttachOptions = {},
) {
  const attached = new Events<null>();
  const messages = new Events<ToWorker>();
  const closed = new Events<ControlEnded>();
  const control = attachControl(
    address,
    plain,
    hello,
    { attached: () => attached.add(null), message: messages.add, closed: closed.add },
    { keepalive: quickKeepalive, ...options },
  );
  t.after(() => control.close());
  return { control, attached, messages, closed };
}

test("a worker attaches, both sides say everything in order, the worker leaves", async (t) => {
  const coordinator = await startCoordinator(t);
  const hello = fc.sample(anyHello, 1)[0]!;
  const worker = startWorker(t, coordinator.address, () => hello);
  const link = await coordinator.attached.next();
  await worker.attached.next();
  assert.deepEqual(link.hello, hello);
  assert.match(link.identity.address, /^127\.0\.0\.1:\d+$/);

  const down = fc.sample(anyToWorker, 200);
  for (const message of down) link.send(message);
  for (const message of down) assert.deepEqual(await worker.messages.next(), message);
  const up = fc.sample(anyToCoordinator, 200).filter((message) => message.kind !== "hello");
  for (const message of up) assert.equal(worker.control.send(message), true);
  for (const message of up) assert.deepEqual(await coordinator.messages.next(), message);

  worker.control.send({ kind: "draining" });
  worker.control.close();
  assert.equal((await coordinator.messages.next()).kind, "draining");
  assert.equal((await coordinator.closed.next()).link, link);
  assert.deepEqual(
    { ...(await worker.closed.next()), reason: "" },
    { reason: "", error: null, wasAttached: true, retryInMs: null },
  );
  assert.equal(worker.control.send({ kind: "draining" }), false);
});

test("a worker that is sent away for good does not come back and heard what was said before", async (t) => {
  const coordinator = await startCoordinator(t);
  const worker = startWorker(t, coordinator.address, undefined, { reconnect: true });
  const link = await coordinator.attached.next();
  link.send({ kind: "goodbye", reason: "another process took the name" });
  link.close("another process took the name", true);
  assert.equal((await worker.messages.next()).kind, "goodbye");
  const { retryInMs, error } = await worker.closed.next();
  assert.equal(retryInMs, null);
  assert.ok(error instanceof LinkError && error.code === "ABORTED");
  assert.match(error.message, /another process took the name/);
  assert.equal((await coordinator.closed.next()).reason, "another process took the name");
});

test("a worker comes back when the coordinator does", async (t) => {
  const first = await startCoordinator(t);
  const worker = startWorker(t, first.address, undefined, {
    reconnect: true,
    backoff: { minMs: 10, maxMs: 40 },
  });
  await worker.attached.next();
  await first.server.shutdown(0);
  const lost = await worker.closed.next();
  assert.ok(lost.wasAttached && lost.retryInMs !== null);
  assert.match(lost.reason, /^lost the coordinator at 127\.0\.0\.1:\d+: /);
  const refused = await worker.closed.next();
  assert.match(refused.reason, /^cannot reach the coordinator at 127\.0\.0\.1:\d+: connection refused/);
  const second = await startCoordinator(t, { address: first.address });
  await second.attached.next();
  await worker.attached.next();
});

test("an unreachable coordinator is tried once when reconnection is off", async (t) => {
  const worker = startWorker(t, "127.0.0.1:1");
  const { reason, retryInMs } = await worker.closed.next();
  assert.match(reason, /cannot reach the coordinator at 127\.0\.0\.1:1: connection refused/);
  assert.equal(retryInMs, null);
});

test("a listener that says nothing is given up after openMs", async (t) => {
  const silent = net.createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close());
  const sockets = new Set<net.Socket>();
  silent.on("connection", (socket) => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const { port } = silent.address() as net.AddressInfo;
  const worker = startWorker(t, `127.0.0.1:${port}`, undefined, { openMs: 100 });
  assert.match((await worker.closed.next()).reason, /did not answer in 100 ms/);
});

test("another protocol version is refused, both named, and not tried again", async (t) => {
  const coordinator = await startCoordinator(t);
  const newer = { ...helloOf("w"), protocolVersion: protocolVersion + 1, devices: 0 };
  const worker = startWorker(t, coordinator.address, () => newer, { reconnect: true });
  const { error, retryInMs } = await worker.closed.next();
  assert.ok(error instanceof LinkError && error.code === "FAILED_PRECONDITION");
  assert.match(error.message, new RegExp(`version ${protocolVersion}, .*version ${protocolVersion + 1}`));
  assert.equal(retryInMs, null);
  assert.match(await coordinator.refused.next(), /protocol version/);
});

/** A foreign client: sends bytes as they are, resolves to the status. */
function sendRaw(t: TestContext, address: string, messages: readonly Buffer[]): Promise<StatusObject> {
  const { credentials } = plain.forClient(address);
  const client = new Client(address, credentials);
  t.after(() => client.close());
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(
    rawAttach.path,
    (bytes) => bytes,
    (bytes) => bytes,
  );
  stream.on("error", () => {});
  stream.resume();
  for (const message of messages) stream.write(message);
  return new Promise((resolve) => stream.on("status", resolve));
}

test("streams that begin wrongly or go wrong end with the reason; others live on", async (t) => {
  const coordinator = await startCoordinator(t, { helloMs: 100 });
  const worker = startWorker(t, coordinator.address);
  await coordinator.attached.next();
  const hello = rawAttach.requestSerialize({ hello: helloOf("raw") });
  const cases: readonly (readonly [readonly Buffer[], RegExp])[] = [
    [[], /no hello came within 100 ms/],
    [[Buffer.from("rubbish")], /malformed message: bytes are not protobuf/],
    [[rawAttach.requestSerialize({ draining: {} })], /the first message was draining; it must be hello/],
    [[hello, hello], /a second hello/],
    [[hello, rawAttach.requestSerialize({})], /malformed message: message is missing/],
  ];
  for (const [messages, expected] of cases) {
    const { details } = await sendRaw(t, coordinator.address, messages);
    assert.match(details, expected);
  }
  worker.control.send({ kind: "draining" });
  assert.equal((await coordinator.messages.next()).kind, "draining");
});

test("a malformed message from the coordinator ends the link with a ProtocolError", async (t) => {
  const server = createServer({ address: "127.0.0.1:0", credentials: plain });
  server.add(
    "painters.v1.Control",
    { Attach: { ...rawAttach, responseSerialize: (bytes: Buffer) => bytes } },
    { Attach: (call: NodeJS.WritableStream) => call.write(Buffer.from("rubbish")) },
  );
  const address = await server.listen();
  t.after(() => server.shutdown(0));
  const worker = startWorker(t, address);
  assert.ok((await worker.closed.next()).error instanceof ProtocolError);
});

async function startChild(
  t: TestContext,
  ...args: readonly string[]
): Promise<{ child: ChildProcess; said: string }> {
  const child = fork(fileURLToPath(new URL("stopped-child.js", import.meta.url)), args);
  t.after(() => child.kill("SIGKILL"));
  const [said] = (await once(child, "message")) as [string];
  return { child, said };
}

test("a stopped worker is noticed within keepalive", async (t) => {
  const coordinator = await startCoordinator(t);
  const { child } = await startChild(t, "attach", coordinator.address);
  const link = await coordinator.attached.next();
  const stopped = performance.now();
  child.kill("SIGSTOP");
  assert.deepEqual(await coordinator.closed.next(), { link, reason: "the connection broke" });
  assert.ok(performance.now() - stopped < 3000);
});

test("a stopped coordinator is noticed within keepalive", async (t) => {
  const { child, said: address } = await startChild(t, "serve");
  const worker = startWorker(t, address);
  await worker.attached.next();
  const stopped = performance.now();
  child.kill("SIGSTOP");
  assert.match((await worker.closed.next()).reason, /^lost the coordinator/);
  assert.ok(performance.now() - stopped < 3000);
});

test("a killed worker is noticed at once", async (t) => {
  const coordinator = await startCoordinator(t);
  const { child } = await startChild(t, "attach", coordinator.address);
  await coordinator.attached.next();
  const killed = performance.now();
  child.kill("SIGKILL");
  await coordinator.closed.next();
  assert.ok(performance.now() - killed < 200);
});
