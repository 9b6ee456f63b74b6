// Servers: health, reflection, ports that cannot be bound, shutting down.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Client, type MethodDefinition, type ServiceDefinition } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { AddressError, isLoopback, parseAddress, printAddress } from "../../proto/address.js";
import { backoffMs } from "../../proto/backoff.js";
import { InsecureAddressError } from "../../proto/credentials.js";
import { createServer, ListenError, PortInUseError } from "../../proto/server.js";
import { connectSweeps } from "../../proto/sweeps-client.js";
import { serveSweeps } from "../../proto/sweeps-server.js";
import { Events, plain } from "./loopback.js";

const check = (healthService as unknown as ServiceDefinition).Check as MethodDefinition<
  object,
  { status: string }
>;

const idle = async function* (): AsyncGenerator<never> {};

test("health tells each service's status, before and after", async (t) => {
  const server = createServer({ address: "127.0.0.1:0", credentials: plain });
  serveSweeps(server, {
    submit: async () => "",
    watch: idle,
    list: async () => [],
    cancel: () => Promise.reject(new Error()),
    results: idle,
    generate: idle,
  });
  const address = await server.listen();
  const client = new Client(address, plain.forClient(address).credentials);
  t.after(() => client.close());
  const statusOf = (service: string): Promise<string> =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        check.path,
        check.requestSerialize,
        check.responseDeserialize,
        { service },
        (error, reply) => (error ? reject(error) : resolve(reply!.status)),
      ),
    );
  assert.equal(await statusOf(""), "SERVING");
  assert.equal(await statusOf("painters.v1.Sweeps"), "SERVING");
  await assert.rejects(statusOf("painters.v1.Data"), /NOT_FOUND/);
  server.setServing(false, "painters.v1.Sweeps");
  assert.equal(await statusOf("painters.v1.Sweeps"), "NOT_SERVING");
  assert.equal(await statusOf(""), "SERVING");

  const reflection = client.makeBidiStreamRequest<Buffer, Buffer>(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    (bytes) => bytes,
    (bytes) => bytes,
  );
  reflection.write(Buffer.from([0x3a, 0])); // list_services: ""
  const [listed] = (await once(reflection, "data")) as [Buffer];
  assert.match(listed.toString("latin1"), /painters\.v1\.Sweeps/);
  const symbol = Buffer.from("painters.v1.Progress");
  reflection.write(Buffer.from([0x22, symbol.length, ...symbol])); // file_containing_symbol
  const [file] = (await once(reflection, "data")) as [Buffer];
  for (const name of ["Sweeps", "Control", "Progress", "OpenEpoch"]) {
    assert.ok(file.includes(name), `the file described has ${name}`);
  }
  reflection.end();
  await server.shutdown();
  await assert.rejects(statusOf(""), /UNAVAILABLE/);
});

test("a port in use and an address of another machine are named", async (t) => {
  const first = createServer({ address: "127.0.0.1:0", credentials: plain });
  const address = await first.listen();
  t.after(() => first.shutdown(0));
  await assert.rejects(createServer({ address, credentials: plain }).listen(), (error) => {
    assert.ok(error instanceof PortInUseError && error.exitCode === 2);
    assert.match(error.message, new RegExp(`port ${parseAddress(address).port} is in use`));
    return true;
  });
  const elsewhere = createServer({
    address: "192.0.2.1:0",
    credentials: { ...plain, forServer: () => plain.forServer("127.0.0.1:0") },
  });
  await assert.rejects(
    elsewhere.listen(),
    /cannot listen on 192\.0\.2\.1:0: this machine does not have that address/,
  );
  assert.throws(() => createServer({ address: "127.0.0.1:0x", credentials: plain }), AddressError);
});

test("only loopback is listened on and dialled without TLS", async () => {
  for (const address of ["0.0.0.0:0", "[::]:0", "10.1.2.3:0", "example.org:0"]) {
    await assert.rejects(createServer({ address, credentials: plain }).listen(), InsecureAddressError);
    assert.throws(() => connectSweeps({ address, credentials: plain }), InsecureAddressError);
  }
  assert.ok(new InsecureAddressError("0.0.0.0:1", "listen on").exitCode === 2);
  assert.ok(new ListenError("x:1", "y").exitCode === 2);
});

test("addresses are parsed, printed and known to be loopback", () => {
  for (const [text, host, isLocal] of [
    ["127.0.0.1:80", "127.0.0.1", true],
    ["127.9.9.9:80", "127.9.9.9", true],
    ["localhost:80", "localhost", true],
    ["[::1]:80", "::1", true],
    ["[fe80::1]:80", "fe80::1", false],
    ["localhost.example:80", "localhost.example", false],
    ["0.0.0.0:80", "0.0.0.0", false],
  ] as const) {
    assert.deepEqual(parseAddress(text), { host, port: 80 });
    assert.equal(printAddress(parseAddress(text)), text);
    assert.equal(isLoopback(host), isLocal, host);
  }
  for (const wrong of [
    "",
    "x",
    ":1",
    "x:",
    "x:65536",
    "x:-1",
    "::1:80",
    "[x]:1",
    "http://x:1",
    "x:1/",
    "a b:1",
  ]) {
    assert.throws(() => parseAddress(wrong), AddressError, wrong);
  }
});

test("shutdown() waits for calls, but not for ever", async () => {
  const server = createServer({ address: "127.0.0.1:0", credentials: plain });
  const asked = new Events<() => void>();
  serveSweeps(server, {
    submit: () => new Promise((resolve) => asked.add(() => resolve("late"))),
    watch: async function* (_, signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
    list: async () => [],
    cancel: () => Promise.reject(new Error()),
    results: idle,
    generate: idle,
  });
  const address = await server.listen();
  const client = connectSweeps({ address, credentials: plain });
  const answer = client.submit({});
  const finish = await asked.next();
  const ended = server.shutdown(5000);
  finish();
  assert.equal(await answer, "late");
  client.close();
  await ended;

  const stubborn = createServer({ address: "127.0.0.1:0", credentials: plain });
  serveSweeps(stubborn, {
    submit: () => new Promise(() => asked.add(() => {})),
    watch: idle,
    list: async () => [],
    cancel: () => Promise.reject(new Error()),
    results: idle,
    generate: idle,
  });
  const other = connectSweeps({ address: await stubborn.listen(), credentials: plain });
  const lost = assert.rejects(other.submit({}));
  await asked.next();
  await stubborn.shutdown(50);
  await lost;
  other.close();
});

test("backoffMs() doubles, stays within bounds and spreads", () => {
  const bounds = { minMs: 100, maxMs: 1000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 50].map((failures) => backoffMs(failures, 0.999999, bounds)),
    [100, 200, 400, 800, 1000, 1000],
  );
  assert.equal(backoffMs(3, 0, bounds), 200);
});
