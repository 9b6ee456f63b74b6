// Writes the example sweep's results into the folder named, for oracle/results/read_results.py.
import { summarise } from "../../coordinator/results/summary.js";
import { writeResults } from "../../coordinator/results/write-results.js";
import { exampleAggregate, exampleRun, exampleScoresOf, exampleSweep } from "./example-sweep.js";

const [outDir] = process.argv.slice(2);
if (outDir === undefined) throw new Error("name a folder to write the example into");
await writeResults({
  outDir,
  sweep: exampleSweep,
  summary: await summarise(exampleSweep, exampleScoresOf, exampleAggregate),
  run: exampleRun,
  scoresOf: exampleScoresOf,
  samples: true,
  finishedAt: new Date(),
});
