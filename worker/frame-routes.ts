// The way of hidden states between places: to devices of this worker in memory, to
// other workers over the links by which they pull from us, and from links to devices.
import type { DataOutlet } from "../proto/data-server.js";
import { type Frame, valuesOf } from "../proto/frame.js";
import type { FromDevice } from "./device-messages.js";
import type { DevicePool } from "./device-pool.js";
import type { State } from "./merge.js";
import type { OpenedEpoch } from "./opened-epoch.js";
import type { WorkerMetrics } from "./worker-metrics.js";

type DeviceFrame = Extract<FromDevice, { readonly kind: "frame" }>;

export class FrameRoutes {
  readonly #outlet: DataOutlet;
  readonly #devices: DevicePool;
  readonly #metrics: WorkerMetrics | null;

  constructor(outlet: DataOutlet, devices: DevicePool, metrics: WorkerMetrics | null) {
    this.#outlet = outlet;
    this.#devices = devices;
    this.#metrics = metrics;
  }

  /** @param from the place whose device made the state */
  deliver(opened: OpenedEpoch, from: number, frame: DeviceFrame): void {
    const { epoch, injection, state, payload, piece, isRunningSum } = frame;
    const local = frame.to.filter((to) => opened.isHere(to));
    const remote = frame.to.filter((to) => !opened.isHere(to));
    const shape = [1, 1, piece?.total ?? payload.length];
    const begin = piece?.begin ?? 0;
    for (const to of remote) {
      const { worker } = opened.places[to]!;
      // Without a link it is dropped: the consumer tells the coordinator that its link broke.
      const header = { epoch, injection, state, from, to, shape, isRunningSum };
      void this.#outlet.send(worker, { ...header, begin, payload });
      this.#metrics?.sent(payload.byteLength);
    }
    for (const [i, to] of local.entries()) {
      // The last local reader may have the buffer itself, if no link reads it still.
      const own = remote.length === 0 && i === local.length - 1 ? payload : payload.slice();
      this.#give(opened, to, { epoch, injection, state, payload: own, piece });
    }
  }

  /** A frame came over a link; the payload is ours. */
  receive(opened: OpenedEpoch, { epoch, injection, state, to, shape, begin, payload }: Frame): void {
    if (!opened.isHere(to)) return;
    this.#metrics?.received(payload.byteLength);
    const total = valuesOf(shape);
    const piece = payload.length === total ? null : { begin, end: begin + payload.length, total };
    this.#give(opened, to, { epoch, injection, state, payload: payload as State, piece });
  }

  #give(opened: OpenedEpoch, to: number, frame: Omit<DeviceFrame, "kind" | "to" | "isRunningSum">): void {
    this.#devices.tell(opened.places[to]!.device, { kind: "frame", ...frame });
  }
}
