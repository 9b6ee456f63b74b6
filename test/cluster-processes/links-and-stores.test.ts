// Data links that break under a sweep, and a store with a damaged file.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { parseAddress } from "../../proto/address.js";
import { freshPath } from "../commands/run-cli.js";
import { Cluster, group } from "./cluster.js";
import { prepareSmallSweep } from "./small-sweep.js";
import { endWorkers, startWorker } from "./worker-process.js";

const sweep = await prepareSmallSweep(4);
const { store } = sweep.options;

/** Passes TCP on to a worker that says where once it listens; can cut all that passes. */
class CuttableProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  target: Promise<string> = new Promise(() => {});
  passed = 0;

  constructor() {
    this.#server = createServer((inward) => {
      this.passed++;
      this.#hold(inward);
      void this.target.then((address) => {
        const outward = connect({ ...parseAddress(address), noDelay: true });
        this.#hold(outward);
        inward.pipe(outward).pipe(inward);
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${(this.#server.address() as { readonly port: number }).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket
      .on("error", () => {})
      .on("close", () => {
        this.#sockets.delete(socket);
        this.cutIfAlone(socket);
      });
  }

  /** What one side ends, ends for the other: pipe() does not pass on a reset. */
  private cutIfAlone(closed: Socket): void {
    if (!closed.destroyed || this.#sockets.size !== 1) return;
    for (const socket of this.#sockets) socket.destroy();
  }
}

test("a sweep survives cuts of a data link: the link is opened anew and what was lost goes in again", async (t) => {
  const proxy = new CuttableProxy();
  const advertise = await proxy.listen();
  const cluster = await Cluster.start(sweep);
  after(async () => {
    proxy.close();
    await cluster.stop();
  });
  const { address: coordinator } = cluster.coordinator;
  const producer = startWorker({ coordinator, name: "worker-0", store, advertise });
  const consumer = startWorker({ coordinator, name: "worker-1", store, "shared-memory": false });
  proxy.target = producer.untilSays(/hidden states on ([\d.:]+)/).then((match) => match[1]!);
  const workers = ["worker-0", "worker-1"];
  for (const groups of [
    [group("worker-0", { "0..4": "worker-0", "4..16": "worker-1" }, "worker-1")],
    [group(workers, { "0..16": workers }, workers)],
  ]) {
    const before = proxy.passed;
    // More cuts than a pair may have before it is done without; but here there is no other.
    const moments = [0.1, 0.3, 0.4, 0.6, 0.8].map((part) => Math.floor(part * sweep.total));
    const { outcome, computed, notes } = await cluster.run({
      minWorkers: 2,
      batchTokens: 1,
      placement: { groups },
      onProgress(recorded) {
        if (recorded < (moments[0] ?? Infinity)) return;
        moments.shift();
        proxy.cut();
      },
    });
    assert.deepEqual({ outcome, computed }, { outcome: "complete", computed: sweep.total }, notes.join("\n"));
    const broke = notes.filter((text) => /^the link between worker-\d and worker-\d broke/.test(text)).length;
    t.diagnostic(`the link broke ${broke} times and was opened ${proxy.passed - before} times`);
    assert.ok(broke >= 3, notes.join("\n"));
    assert.ok(!notes.some((text) => /left out/.test(text)), notes.join("\n"));
  }
  await endWorkers([producer, consumer]);
});

test("a worker with a damaged file never serves it: it says which, and others do the work", async () => {
  const damagedStore = freshPath("damaged");
  cpSync(store, damagedStore, { recursive: true });
  const file = (readdirSync(damagedStore, { recursive: true }) as string[]).find((name) =>
    /layer-005\.safetensors$/.test(name),
  );
  assert.ok(file, readdirSync(damagedStore, { recursive: true }).join("\n"));
  const bytes = readFileSync(join(damagedStore, file));
  bytes[bytes.length - 7]! ^= 1;
  writeFileSync(join(damagedStore, file), bytes);
  const cluster = await Cluster.start(sweep);
  after(() => cluster.stop());
  const { address: coordinator } = cluster.coordinator;
  const damaged = startWorker({ coordinator, name: "worker-0", store: damagedStore });
  const healthy = startWorker({ coordinator, name: "worker-1", store });
  const { outcome, computed, notes } = await cluster.run({ minWorkers: 2 });
  assert.deepEqual({ outcome, computed }, { outcome: "complete", computed: sweep.total });
  const said = notes.find((text) => text.startsWith("worker-0 is left out:"));
  assert.ok(said?.includes(basename(file)), notes.join("\n"));
  await damaged.untilSays(/epoch \d+ failed/);
  assert.ok(damaged.said().includes(basename(file)), damaged.said());
  await endWorkers([damaged, healthy]);
});
