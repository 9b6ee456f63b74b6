// Bench `hop`: hidden states from one process to another over a data link, as
// workers send them: on loopback, and through a proxy that delays each way.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { loadCredentials } from "../../proto/credentials.js";
import { openDataLink } from "../../proto/data-client.js";
import { median, type Row } from "./row.js";

/** What the producer process is asked for. */
export interface HopRequest {
  readonly frames: number;
  readonly floats: number;
}

const mebibyte = 2 ** 20;
const frameMebibytes = [1, 4, 16];
const roundBytes = 256 * mebibyte;
const rounds = 3;
const delayMs = 2.5;
const producerFile = fileURLToPath(new URL("hop-producer.js", import.meta.url));
const delayProxy = fileURLToPath(new URL("../../../../shared/tools/delay-proxy.mjs", import.meta.url));

export async function benchHop(): Promise<readonly Row[]> {
  const producer = fork(producerFile);
  try {
    const [address] = (await once(producer, "message")) as [string];
    const rows: Row[] = [];
    for (const size of frameMebibytes) {
      rows.push(await measure(producer, address, size, `${size} MB frames, loopback`, "target 1 GB/s"));
    }
    return [...rows, await measureDelayed(producer, address)];
  } finally {
    producer.disconnect();
  }
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
  const credentials = await loadCredentials({ tls: null, insecure: false });
  const frames = Math.floor(roundBytes / (size * mebibyte));
  let left = 0;
  let arrived = (): void => {};
  const link = await openDataLink(
    { address, credentials, self: "consumer", producer: "producer" },
    {
      frame: () => {
        if (--left === 0) arrived();
      },
      closed: (error) => {
        if (error) throw error;
      },
    },
  );
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    left = frames;
    const done = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const started = performance.now();
    producer.send({ frames, floats: (size * mebibyte) / 4 } satisfies HopRequest);
    await done;
    const seconds = (performance.now() - started) / 1000;
    if (round > 0) rates.push((frames * size * mebibyte) / 1e6 / seconds); // the first warms up
  }
  link.close();
  return { name, value: median(rates), unit: "MB/s", note };
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
