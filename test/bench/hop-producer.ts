// The producer process of bench `hop`: says where it serves, sends what it is asked for.
import { loadCredentials } from "../../proto/credentials.js";
import { serveData } from "../../proto/data-server.js";
import { createServer } from "../../proto/server.js";
import { serveBare } from "./bare-stream.js";
import type { HopAddresses, HopRequest } from "./hop-consumer.js";

const credentials = await loadCredentials({ tls: null, insecure: false });
const server = createServer({ address: "127.0.0.1:0", credentials });
const outlet = serveData(server, { mayPull: () => true });
const addresses: HopAddresses = { data: await server.listen(), bare: await serveBare() };

/** By length: made once, as what is measured is how they travel. Each frame of a round has its own. */
const payloads = new Map<number, Float32Array<ArrayBuffer>[]>();

process.on("message", (request: HopRequest) => {
  if (request === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
    return;
  }
  const { to, frames, floats } = request;
  const own = payloads.get(floats) ?? [];
  while (own.length < frames) own.push(new Float32Array(floats).fill(1));
  payloads.set(floats, own);
  for (let injection = 0; injection < frames; injection++) {
    const header = { epoch: 1, injection, state: 1, from: 0, to: 1, shape: [floats], isRunningSum: false };
    void outlet.send(to, { ...header, begin: 0, payload: own[injection]! });
  }
});
process.on("disconnect", () => process.exit());
process.send?.(addresses);
