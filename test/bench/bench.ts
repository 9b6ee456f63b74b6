// `npm run bench [-- NAME ...]`: ratios measured side by side in one run.
import os from "node:os";
import { numericsId } from "../../models/runtime/numerics.js";
import { benchDecoding } from "./decoding.js";
import { benchHop } from "./hop.js";
import { benchParallel } from "./parallel.js";
import { benchPipeline } from "./pipeline.js";
import { benchReplicas } from "./replicas.js";
import type { Row } from "./row.js";
import { benchScoring } from "./scoring.js";

const benches: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  scoring: benchScoring,
  parallel: benchParallel,
  pipeline: benchPipeline,
  replicas: benchReplicas,
  decoding: benchDecoding,
  hop: benchHop,
};

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
console.log(`${os.availableParallelism()} cores, ${os.cpus()[0]?.model}, ${numericsId()}`);
for (const name of chosen) {
  const bench = benches[name];
  if (!bench) {
    console.error(`there is no bench ${name}; the benches are ${Object.keys(benches).join(", ")}`);
    process.exitCode = 2;
    continue;
  }
  for (const { name: row, value, unit, note } of await bench()) {
    console.log(`${name}: ${row.padEnd(32)} ${value.toPrecision(3).padStart(8)} ${unit.padEnd(9)} ${note}`);
  }
}
