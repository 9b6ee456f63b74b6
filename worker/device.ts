// A device: one thread that owns its ONNX Runtime sessions, because their run()
// blocks. It runs injections in the order they come.
import { parentPort, workerData } from "node:worker_threads";
import type { Step } from "../coordinator/graph/plan.js";
import { ModelRuntime } from "../models/runtime/model-runtime.js";
import { readManifest } from "../models/store/manifest-file.js";
import type { DeviceCommand, DeviceReply, DeviceSettings } from "../proto/device.js";
import { runProgram } from "./program.js";

const port = parentPort!;
const settings = workerData as DeviceSettings;
const plans = new Map<number, readonly Step[]>();

function reply(message: DeviceReply): void {
  const transfer = message.kind === "scored" ? [message.logprobs.buffer, message.isGreedy.buffer] : [];
  port.postMessage(message, transfer as ArrayBuffer[]);
}

async function handle(command: DeviceCommand, runtime: ModelRuntime): Promise<void> {
  switch (command.kind) {
    case "plan":
      plans.set(command.plan, command.steps);
      return;
    case "inject": {
      const { injection } = command;
      const steps = plans.get(command.plan)!;
      const started = performance.now();
      await runProgram(steps, runtime, runtime.prepare(command.rows), (head, scores) =>
        reply({ kind: "scored", injection, head, ...scores }),
      );
      const layerVisits = steps.filter((step) => step.visit.kind === "layer").length;
      reply({ kind: "done", injection, layerVisits, busyMs: performance.now() - started });
      return;
    }
    case "stop":
      await runtime.release();
      port.close();
  }
}

function fail(error: unknown): void {
  reply({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}

try {
  const manifest = await readManifest(settings.modelDir);
  const runtime = await ModelRuntime.load(settings.modelDir, manifest, settings.threads);
  let queue = Promise.resolve();
  port.on("message", (command: DeviceCommand) => {
    queue = queue.then(() => handle(command, runtime)).catch(fail);
  });
  reply({ kind: "ready" });
} catch (error) {
  // With no listener on the port the thread ends here.
  fail(error);
}
