// The Sweeps service on loopback: progress, results, errors, tokens.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { painters } from "../../proto/definition.js";
import type { GenerationNews } from "../../proto/generation-words.js";
import { fileChunkBytes, maxGenerationBytes } from "../../proto/limits.js";
import { LinkError } from "../../proto/link-error.js";
import { ProtocolError } from "../../proto/protocol-error.js";
import { createServer } from "../../proto/server.js";
import type { FileChunk, SweepProgress } from "../../proto/sweep-words.js";
import { connectSweeps } from "../../proto/sweeps-client.js";
import { type SweepHandlers, serveSweeps, UnknownSweepError } from "../../proto/sweeps-server.js";
import { Events, plain } from "./loopback.js";

const running: SweepProgress = {
  id: "s1",
  state: "running",
  recorded: 3,
  total: 2 ** 40,
  workers: 2,
  message: "slow disk",
  etaSeconds: 12.5,
};
const done: SweepProgress = {
  ...running,
  state: "done",
  recorded: running.total,
  message: "",
  etaSeconds: null,
};

const news: readonly GenerationNews[] = [
  { kind: "waits", reason: "" },
  { kind: "start", model: "demo", schedules: ["baseline", "skip(start=3)"] },
  { kind: "piece", schedule: 0, prompt: 2, kept: 0, added: "caf\u00e9 \u{1f941}", isOver: false, tokens: [] },
  { kind: "piece", schedule: 1, prompt: 0, kept: 2 ** 20, added: "", isOver: true, tokens: [0, 2 ** 17] },
  { kind: "end", failed: [], timing: { tokenMs: null, visitMs: 0, visits: 2 ** 40, promptMs: 812.5 } },
  { kind: "end", failed: ["x"], timing: { tokenMs: 3, visitMs: null, visits: 0, promptMs: null } },
];

async function* each<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const handlers: SweepHandlers = {
  submit: async (options) => JSON.stringify(options),
  watch: () => each(running, done),
  list: async () => [running, done],
  cancel: async (id) => ({ ...done, id, state: "cancelled" }),
  results: () => each<FileChunk>(),
  generate: (options) => each({ kind: "waits", reason: JSON.stringify(options) }, ...news),
};

async function start(t: TestContext, changed: Partial<SweepHandlers> = {}, token?: string) {
  const server = createServer({ address: "127.0.0.1:0", credentials: plain });
  serveSweeps(server, { ...handlers, ...changed }, token);
  const address = await server.listen();
  t.after(() => server.shutdown(0));
  return (shown = token) => {
    const client = connectSweeps({ address, credentials: plain, token: shown });
    t.after(() => client.close());
    return client;
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("sweeps are submitted, watched, listed and cancelled", async (t) => {
  const client = (await start(t))();
  const options = { model: "demo", tasks: ["arc_easy"], grid: { start: 1 } };
  assert.deepEqual(JSON.parse(await client.submit(options)), options);
  assert.deepEqual(await all(client.watch("s1")), [running, done]);
  assert.deepEqual(await client.list(), [running, done]);
  assert.equal((await client.cancel("s2")).state, "cancelled");
});

test("news of a generation arrive as they are", async (t) => {
  const client = (await start(t))();
  const options = { model: "demo", prompt: ["Maya has the drum."], "max-tokens": 3 };
  const [waits, ...others] = await all(client.generate(options));
  assert.deepEqual(waits, { kind: "waits", reason: JSON.stringify(options) });
  assert.deepEqual(others, news);
  await assert.rejects(
    all(client.generate({ prompt: ["a".repeat(maxGenerationBytes)] })),
    (error: LinkError) => {
      assert.match(error.message, /options_json has 10485\d\d bytes; at most 1048576 are taken/);
      return error.exitCode === 2;
    },
  );
});

test("result files come in chunks that fit, empty files too", async (t) => {
  const large = Uint8Array.from({ length: 2 * fileChunkBytes + 1 }, (_, at) => at % 251);
  const client = (
    await start(t, {
      results: () =>
        each({ path: "samples/a.csv", bytes: large }, { path: "empty", bytes: new Uint8Array() }),
    })
  )();
  const chunks = await all(client.results("s1"));
  assert.deepEqual(
    chunks.map(({ path, bytes }) => [path, bytes.length]),
    [
      ["samples/a.csv", fileChunkBytes],
      ["samples/a.csv", fileChunkBytes],
      ["samples/a.csv", 1],
      ["empty", 0],
    ],
  );
  assert.deepEqual(Uint8Array.from(Buffer.concat(chunks.map(({ bytes }) => bytes))), large);
});

test("a client takes no path that leaves its folder", async (t) => {
  for (const path of ["../x", "/etc/passwd", "a/../../x", "a//b", "", ".", "C:/x", "a\\..\\x", "a/."]) {
    const client = (await start(t, { results: () => each({ path, bytes: new Uint8Array(1) }) }))();
    await assert.rejects(all(client.results("s1")), ProtocolError, path);
  }
});

test("errors of handlers reach the client as what they are", async (t) => {
  const wrong = Object.assign(new Error("there is no task arc_hard"), { exitCode: 2 });
  const client = (
    await start(t, {
      submit: () => Promise.reject(wrong),
      cancel: (id) => Promise.reject(new UnknownSweepError(id)),
      list: () => Promise.reject(new Error("disk full")),
      async *watch() {
        yield running;
        throw new UnknownSweepError("s1");
      },
    })
  )();
  const isError = (code: string, exitCode: number, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof LinkError);
    assert.deepEqual([error.code, error.exitCode], [code, exitCode]);
    assert.match(error.message, message);
    return true;
  };
  await assert.rejects(client.submit({}), isError("INVALID_ARGUMENT", 2, /there is no task arc_hard/));
  await assert.rejects(client.cancel("s9"), isError("NOT_FOUND", 2, /there is no s9/));
  await assert.rejects(client.list(), isError("INTERNAL", 1, /disk full/));
  await assert.rejects(all(client.watch("s1")), isError("NOT_FOUND", 2, /there is no s1/));
  const nobody = connectSweeps({ address: "127.0.0.1:1", credentials: plain });
  await assert.rejects(
    nobody.list(),
    isError("UNAVAILABLE", 1, /cannot reach the coordinator at 127\.0\.0\.1:1/),
  );
});

test("calls without the configured token are refused, streams too", async (t) => {
  const connect = await start(t, {}, "secret");
  assert.equal((await connect().list()).length, 2);
  for (const token of ["", "secre", "secrets", "Bearer secret"]) {
    const client = connect(token);
    const isRefusal = (error: unknown) => error instanceof LinkError && error.code === "UNAUTHENTICATED";
    await assert.rejects(client.list(), isRefusal, token);
    await assert.rejects(all(client.watch("s1")), isRefusal, token);
  }
});

test("a watch that is aborted ends quietly and its handler hears", async (t) => {
  const heard = new Events<null>();
  const client = (
    await start(t, {
      async *watch(_, signal) {
        signal.addEventListener("abort", () => heard.add(null));
        for (;;) {
          yield running;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
    })
  )();
  const stop = new AbortController();
  let seen = 0;
  for await (const _ of client.watch("s1", stop.signal)) if (++seen === 3) stop.abort();
  await heard.next();
  for await (const _ of client.watch("s1")) break;
  await heard.next();
});

test("options that are not JSON are refused", async (t) => {
  const submit = (painters["painters.v1.Sweeps"] as ServiceDefinition).Submit as MethodDefinition<
    object,
    object
  >;
  const { sweepMethods } = await import("../../proto/wire-sweeps.js");
  const read = sweepMethods.Submit.requestDeserialize(submit.requestSerialize({ optionsJson: "{" }));
  assert.ok(read instanceof ProtocolError && read.field === "options_json");
  t.diagnostic(read.message);
});
