// The devices of a worker: their threads, what is told to them and what they say.
import { Worker } from "node:worker_threads";
import type { DeviceSettings, FromDevice, ToDevice } from "./device-messages.js";
import type { SimulatedDevice } from "./simulated-compute.js";

export interface DevicePoolSettings {
  readonly devices: number;
  readonly threadsPerDevice: number;
  /** null: computes with models. */
  readonly simulated: SimulatedDevice | null;
}

export interface DevicePoolHandlers {
  said(device: number, message: FromDevice): void;
  /** A thread ended by itself: the process cannot go on. */
  died(device: number, reason: string): void;
}

interface DeviceThread {
  readonly thread: Worker;
  readonly ended: Promise<void>;
  readonly busySince: Float64Array;
  readonly cacheBytes: Float64Array;
}

export class DevicePool {
  readonly #threads: readonly DeviceThread[];
  #stopping = false;

  constructor({ devices, threadsPerDevice, simulated }: DevicePoolSettings, handlers: DevicePoolHandlers) {
    this.#threads = Array.from({ length: devices }, (_, device) => {
      const [busySince, cacheBytes] = [new SharedArrayBuffer(8), new SharedArrayBuffer(8)];
      const workerData: DeviceSettings = { threads: threadsPerDevice, simulated, busySince, cacheBytes };
      const thread = new Worker(new URL("./device-thread.js", import.meta.url), { workerData });
      thread.on("message", (messages: readonly FromDevice[]) => {
        for (const message of messages) handlers.said(device, message);
      });
      thread.on("error", (error) => handlers.died(device, `device ${device} failed: ${error.message}`));
      const ended = new Promise<void>((resolve) => {
        thread.once("exit", (code) => {
          if (!this.#stopping) handlers.died(device, `device ${device} ended with code ${code}`);
          resolve();
        });
      });
      return {
        thread,
        ended,
        busySince: new Float64Array(busySince),
        cacheBytes: new Float64Array(cacheBytes),
      };
    });
  }

  /** The payload of a frame is transferred: it is the device's from then on. */
  tell(device: number, message: ToDevice): void {
    const transfer = message.kind === "frame" ? [message.payload.buffer] : [];
    this.#threads[device]!.thread.postMessage(message, transfer);
  }

  tellAll(message: Exclude<ToDevice, { readonly kind: "frame" }>): void {
    for (const { thread } of this.#threads) thread.postMessage(message);
  }

  /** How long each device has been at its present step; 0: idle. */
  busyMs(): readonly number[] {
    const now = performance.timeOrigin + performance.now();
    return this.#threads.map(({ busySince }) => {
      // Read once: the device may end its step between two looks.
      const since = busySince[0]!;
      return since === 0 ? 0 : Math.max(0, now - since);
    });
  }

  /** Keys and values that each device keeps. */
  cacheBytes(): readonly number[] {
    return this.#threads.map(({ cacheBytes }) => cacheBytes[0]!);
  }

  /** Lets every device finish its step and end; ending a thread in a step would abort the process. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.tellAll({ kind: "stop" });
    await Promise.all(this.#threads.map(({ ended }) => ended));
  }
}
