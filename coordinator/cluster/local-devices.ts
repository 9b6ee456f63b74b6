// Devices in this process: a thread each, every one holding the whole model.
// Weights are mapped files, so the threads share one copy of them.
import { Worker } from "node:worker_threads";
import type { TokenRow } from "../../models/token-row.js";
import type { DeviceCommand, DeviceReply, DeviceSettings } from "../../proto/device.js";
import type { Plan } from "../graph/plan.js";
import type { VisitId } from "../graph/sweep-graph.js";

/** A micro-batch with everything a device needs for it. */
export interface DeviceWork {
  readonly plan: number;
  readonly rows: readonly TokenRow[];
}

export interface DeviceEvents {
  /** One head of an injection is done; scored tokens of all rows in order. */
  scored(injection: number, head: VisitId, logprobs: Float32Array, isGreedy: Uint8Array): void;
  /** Called when an injection's last step ran. */
  done(injection: number, layerVisits: number, busyMs: number): void;
}

export class DeviceError extends Error {
  override readonly name = "DeviceError";
  readonly exitCode = 1;
}

// Enough that a device always finds its next injection waiting.
const injectionsAhead = 2;

interface Device {
  readonly thread: Worker;
  readonly ended: Promise<unknown>;
  readonly knownPlans: Set<number>;
}

export class LocalDevices {
  readonly #devices: readonly Device[];

  private constructor(devices: readonly Device[]) {
    this.#devices = devices;
  }

  /** Starts the threads and resolves when all have loaded the model. */
  static async start(count: number, settings: DeviceSettings): Promise<LocalDevices> {
    const devices = new LocalDevices(Array.from({ length: count }, () => startDevice(settings)));
    try {
      await Promise.all(devices.#devices.map(({ thread }) => untilReady(thread)));
    } catch (error) {
      await devices.stop();
      throw error;
    }
    return devices;
  }

  /**
   * Runs the injections 0..count-1 in order, each on the first device that is free.
   * An aborted signal or a failed device stops handing out; what the others already have is finished first.
   */
  async run(
    count: number,
    work: (injection: number) => DeviceWork,
    plans: readonly Plan[],
    events: DeviceEvents,
    signal: AbortSignal,
  ): Promise<void> {
    let next = 0;
    let failed = false;
    const runDevice = (device: Device): Promise<void> =>
      new Promise((resolve, reject) => {
        const { thread } = device;
        let ahead = 0;
        const settle = (error?: Error): void => {
          thread.off("message", onReply).off("error", onError).off("exit", onExit);
          if (error) {
            failed = true;
            reject(error);
          } else {
            resolve();
          }
        };
        const refill = (): void => {
          while (ahead < injectionsAhead && next < count && !failed && !signal.aborted) {
            this.#inject(device, next, work(next), plans);
            next++;
            ahead++;
          }
          if (ahead === 0) settle();
        };
        const onReply = (reply: DeviceReply): void => {
          try {
            switch (reply.kind) {
              case "scored":
                events.scored(reply.injection, reply.head, reply.logprobs, reply.isGreedy);
                break;
              case "done":
                ahead--;
                events.done(reply.injection, reply.layerVisits, reply.busyMs);
                refill();
                break;
              case "failed":
                settle(new DeviceError(reply.message));
                break;
              case "ready":
                break;
            }
          } catch (error) {
            settle(error as Error);
          }
        };
        const onError = (error: Error): void => settle(new DeviceError(`a device failed: ${error.message}`));
        const onExit = (code: number): void => settle(new DeviceError(`a device ended with code ${code}`));
        thread.on("message", onReply).on("error", onError).on("exit", onExit);
        refill();
      });
    const outcomes = await Promise.allSettled(this.#devices.map(runDevice));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Lets every device finish what it has, release its sessions and end. */
  async stop(): Promise<void> {
    for (const { thread } of this.#devices) send(thread, { kind: "stop" });
    await Promise.all(this.#devices.map(({ ended }) => ended));
  }

  #inject(device: Device, injection: number, { plan, rows }: DeviceWork, plans: readonly Plan[]): void {
    if (!device.knownPlans.has(plan)) {
      send(device.thread, { kind: "plan", plan, steps: plans[plan]!.steps });
      device.knownPlans.add(plan);
    }
    send(device.thread, { kind: "inject", injection, plan, rows });
  }
}

function startDevice(settings: DeviceSettings): Device {
  const thread = new Worker(new URL("../../worker/device.js", import.meta.url), { workerData: settings });
  const ended = new Promise((resolve) => thread.once("exit", resolve));
  return { thread, ended, knownPlans: new Set() };
}

function send(thread: Worker, command: DeviceCommand): void {
  thread.postMessage(command);
}

function untilReady(thread: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    thread.once("message", (reply: DeviceReply) => {
      if (reply.kind === "failed") reject(new DeviceError(reply.message));
      else resolve();
    });
    thread.once("error", reject);
  });
}
