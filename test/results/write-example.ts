// Writes the example sweep's results, and those of a task that generates, into the folder named, for
// oracle/results/read_results.py.
import { join } from "node:path";
import { type Outputs, type Sweep, summarise } from "../../coordinator/results/summary.js";
import { writeResults } from "../../coordinator/results/write-results.js";
import { exampleAggregate, exampleOutputs, exampleRun, exampleSweep } from "./example-sweep.js";
import { generatedTask, recordedTexts } from "./generated-sweep.js";

const [outDir] = process.argv.slice(2);
if (outDir === undefined) throw new Error("name a folder to write the example into");
const task = await generatedTask();
const sweep: Sweep = { ...exampleSweep, tasks: [...exampleSweep.tasks, task] };
const outputs: Outputs = {
  ...exampleOutputs,
  textsOf: recordedTexts(join(outDir, "texts.ledger"), task, sweep.schedules),
};
await writeResults({
  outDir,
  sweep,
  summary: await summarise(sweep, outputs, exampleAggregate),
  run: exampleRun,
  outputs,
  samples: true,
  finishedAt: new Date(),
});
