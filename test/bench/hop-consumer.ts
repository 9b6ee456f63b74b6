// The consumer process of bench `hop`: pulls from a producer process and measures, on loopback and through a proxy
// that delays each way (by the connection alone). It tells its parent the rows.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { loadCredentials } from "../../proto/credentials.js";
import { type DataLink, openDataLink } from "../../proto/data-client.js";
import { BareConsumer } from "./bare-stream.js";
import { median, type Row, verdict } from "./row.js";

/** What the producer process is asked for: frames, or the milliseconds of CPU it has used. */
export type HopRequest = { readonly to: string; readonly frames: number; readonly floats: number } | "cpu";

export interface HopAddresses {
  readonly data: string;
  /** Of the floor: bare-stream.ts. */
  readonly bare: string;
}

const mebibyte = 2 ** 20;
const frameMebibytes = [1, 4, 16];
const roundBytes = 128 * mebibyte;
/** Code and memory are warm after about 1 GB; a sweep moves more than that. */
const warmUps = 10;
const rounds = 15;
const delayMs = 2.5;
const producerFile = fileURLToPath(new URL("hop-producer.js", import.meta.url));
const delayProxy = fileURLToPath(new URL("../../../../shared/tools/delay-proxy.mjs", import.meta.url));

async function measureHops(): Promise<readonly Row[]> {
  const producer = fork(producerFile);
  try {
    const [addresses] = (await once(producer, "message")) as [HopAddresses];
    return [...(await measureLoopback(producer, addresses)), await measureDelayed(producer, addresses.data)];
  } finally {
    producer.disconnect();
  }
}

/** What one round took. */
interface Sample {
  /** MB/s */
  readonly rate: number;
  /** Of both processes, milliseconds for 1 MB. */
  readonly cpuMs: number;
}

/** Ours, by shared memory and by the connection, and the floor take turns, so that a machine that is busy slows all. */
async function measureLoopback(producer: ChildProcess, addresses: HopAddresses): Promise<Row[]> {
  const bare = new BareConsumer(addresses.bare);
  const consumers = await Promise.all(
    [true, false].flatMap((sharesMemory) =>
      frameMebibytes.map(async (size) => ({
        size,
        sharesMemory,
        consumer: await FrameConsumer.open(producer, addresses.data, size, sharesMemory),
      })),
    ),
  );
  const bareSamples: Sample[] = [];
  const samples = consumers.map((): Sample[] => []);
  for (let round = 0; round < warmUps + rounds; round++) {
    const floor = await sample(producer, () => bare.receive(roundBytes));
    for (const [i, { consumer }] of consumers.entries()) {
      const taken = await sample(producer, () => consumer.receive());
      if (round >= warmUps) samples[i]!.push(taken);
    }
    if (round >= warmUps) bareSamples.push(floor);
  }
  bare.close();
  const floor = middle(bareSamples);
  const rows = consumers.map(({ size, sharesMemory, consumer }, i): Row => {
    consumer.close();
    const { rate, cpuMs } = middle(samples[i]!);
    return {
      name: `${size} MB frames, ${sharesMemory ? "shared memory" : "connection alone"}`,
      value: rate,
      unit: "MB/s",
      note: `${verdict(rate, 1000, "MB/s")}; ${(rate / floor.rate).toFixed(2)} of bare; ${cpuMs.toFixed(2)} core-ms a MB, both ends`,
    };
  });
  const note = `the floor: nothing of ours; ${floor.cpuMs.toFixed(2)} core-ms a MB, both ends`;
  return [...rows, { name: "bare grpc-js, same chunks", value: floor.rate, unit: "MB/s", note }];
}

function middle(samples: readonly Sample[]): Sample {
  return {
    rate: median(samples.map(({ rate }) => rate)),
    cpuMs: median(samples.map(({ cpuMs }) => cpuMs)),
  };
}

async function sample(producer: ChildProcess, receive: () => Promise<void>): Promise<Sample> {
  const cpuBefore = await cpuOfBoth(producer);
  const started = performance.now();
  await receive();
  const seconds = (performance.now() - started) / 1000;
  const cpuMs = (await cpuOfBoth(producer)) - cpuBefore;
  return { rate: roundBytes / 1e6 / seconds, cpuMs: cpuMs / (roundBytes / 1e6) };
}

async function cpuOfBoth(producer: ChildProcess): Promise<number> {
  producer.send("cpu" satisfies HopRequest);
  const [producerMs] = (await once(producer, "message")) as [number];
  const { user, system } = process.cpuUsage();
  return producerMs + (user + system) / 1000;
}

async function measureDelayed(producer: ChildProcess, address: string): Promise<Row> {
  const name = `4 MB frames, ${delayMs} ms each way`;
  try {
    await access(delayProxy);
  } catch {
    return { name, value: 0, unit: "MB/s", note: `not measured: there is no ${delayProxy}` };
  }
  const port = await freePort();
  const target = address.split(":").at(-1)!;
  const proxy = spawn(process.execPath, [delayProxy, String(port), target, String(delayMs)]);
  try {
    await untilListening(port);
    return await measure(producer, `127.0.0.1:${port}`, 4, name, "target 200 MB/s; a TCP proxy in between");
  } finally {
    proxy.kill();
  }
}

async function measure(
  producer: ChildProcess,
  address: string,
  size: number,
  name: string,
  note: string,
): Promise<Row> {
  const consumer = await FrameConsumer.open(producer, address, size, false);
  const rates: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    const { rate } = await sample(producer, () => consumer.receive());
    if (round >= warmUps) rates.push(rate);
  }
  consumer.close();
  return { name, value: median(rates), unit: "MB/s", note };
}

/** A data link on which frames of one size come. */
class FrameConsumer {
  readonly #producer: ChildProcess;
  /** A producer has one link a name. */
  readonly #self: string;
  readonly #size: number;
  #link: DataLink | null = null;
  #left = 0;
  #arrived = (): void => {};

  private constructor(producer: ChildProcess, self: string, size: number) {
    this.#producer = producer;
    this.#self = self;
    this.#size = size;
  }

  static async open(
    producer: ChildProcess,
    address: string,
    size: number,
    sharesMemory: boolean,
  ): Promise<FrameConsumer> {
    const self = `${size} MB by ${address} ${sharesMemory}`;
    const consumer = new FrameConsumer(producer, self, size);
    const credentials = await loadCredentials({ tls: null, insecure: false });
    consumer.#link = await openDataLink(
      { address, credentials, self, producer: "producer", sharesMemory },
      {
        frame: () => {
          if (--consumer.#left === 0) consumer.#arrived();
        },
        closed: (error) => {
          if (error) throw error;
        },
      },
    );
    return consumer;
  }

  async receive(): Promise<void> {
    const frames = roundBytes / (this.#size * mebibyte);
    this.#left = frames;
    const done = new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
    const request: HopRequest = { to: this.#self, frames, floats: (this.#size * mebibyte) / 4 };
    this.#producer.send(request);
    await done;
  }

  close(): void {
    this.#link?.close();
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const socket = net.connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      socket.destroy();
    }
  }
}

process.send?.(await measureHops(), () => process.exit());
