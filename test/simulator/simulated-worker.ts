// A worker process of the simulation: devices with the real program, a control stream,
// and what can befall it. Messages reach a frozen one when it wakes, a dead one never.
import type { RandomSource } from "../../models/demo/random-source.js";
import type { TokenRow } from "../../models/token-row.js";
import {
  type EpochPlace,
  type Hello,
  type OpenEpoch,
  protocolVersion,
  type ToCoordinator,
  type ToWorker,
} from "../../proto/messages.js";
import type { Firing, Outgoing, PlaceProgram } from "../../worker/place-program.js";
import { probePieces } from "../../worker/probe-pieces.js";
import type { Clock } from "./clock.js";
import { hold, type Invariants } from "./invariants.js";
import { SimulatedDevice } from "./simulated-device.js";
import { poison } from "./sweep.js";
import { nextTokens } from "./toy-generation.js";
import { probeRows, scoreRows, type ToyState } from "./toy-model.js";

/** What a process can do to the world. */
export interface World {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly invariants: Invariants;
  /** Up the control stream, if there is one. */
  say(from: SimulatedWorker, message: ToCoordinator): void;
  sendFrame(from: SimulatedWorker, address: string, frame: Outgoing<ToyState>): void;
  dialCoordinator(worker: SimulatedWorker): void;
  /** The process ended by itself or by a fault in it. */
  ended(worker: SimulatedWorker, how: "goodbye" | "poison"): void;
  log(text: () => string): void;
}

interface KnownEpoch {
  readonly places: readonly EpochPlace[];
  readonly rows: Map<number, readonly TokenRow[]>;
  isDead: boolean;
}

/** @param process a number of its own */
export function helloOf(name: string, process: number, devices: number, memoryBytes: number): Hello {
  return {
    kind: "hello",
    protocolVersion,
    name,
    incarnation: `${name}#${process}`,
    dataAddress: `${name}:${process}`,
    devices,
    memoryBytes,
    flopsPerSecond: 1,
    linkBytesPerSecond: 1,
    numericsId: "toy",
    models: ["toy"],
  };
}

export class SimulatedWorker {
  readonly hello: Hello;
  readonly #world: World;
  readonly #devices: readonly SimulatedDevice[];
  readonly #epochs = new Map<number, KnownEpoch>();
  #inbox: (() => void)[] | null = null;
  isDead = false;
  isDraining = false;
  refusesNext = false;

  constructor(world: World, hello: Hello, makeProgram: () => PlaceProgram<ToyState>) {
    this.#world = world;
    this.hello = hello;
    this.#devices = Array.from(
      { length: hello.devices },
      (_, device) => new SimulatedDevice(`${hello.incarnation} device ${device}`, makeProgram()),
    );
  }

  /** The newest epoch alive here that the other takes part in. */
  newestEpochWith(other: string): number | null {
    const shared = [...this.#epochs].filter(
      ([, { places, isDead }]) => !isDead && places.some(({ worker }) => worker === other),
    );
    return shared.length === 0 ? null : Math.max(...shared.map(([epoch]) => epoch));
  }

  /** Now, or when it wakes. */
  whenAwake(then: () => void): void {
    if (this.isDead) return;
    if (this.#inbox) this.#inbox.push(then);
    else then();
  }

  freeze(): void {
    this.#inbox ??= [];
  }

  wake(): void {
    const inbox = this.#inbox ?? [];
    this.#inbox = null;
    for (const then of inbox) this.whenAwake(then);
  }

  hang(): void {
    this.#devices[0]!.hangs = true;
  }

  drain(): void {
    this.isDraining = true;
    this.#world.say(this, { kind: "draining" });
  }

  beat(): void {
    const { nowMs } = this.#world.clock;
    const busyMs = this.#devices.map(({ busySinceMs }) => (busySinceMs === null ? 0 : nowMs - busySinceMs));
    this.#world.say(this, { kind: "heartbeat", busyMs });
  }

  /** The control stream ended: nobody will ever ask for its epochs. */
  streamEnded(): void {
    for (const epoch of this.#epochs.keys()) this.#bury(epoch);
    for (const device of this.#devices) for (const epoch of device.program.openEpochs()) device.abort(epoch);
    this.#world.dialCoordinator(this);
  }

  hear(message: ToWorker): void {
    switch (message.kind) {
      case "welcome":
        return;
      case "open-epoch":
        this.#open(message);
        return;
      case "plan": {
        const { epoch, plan, place, steps, receives } = message;
        const device = this.#deviceOf(epoch, place);
        if (device) this.#check(device.program.definePlan(epoch, plan, steps, receives));
        return;
      }
      case "inject": {
        const { epoch, injection, plan, rows } = message;
        this.#epochs.get(epoch)?.rows.set(injection, rows);
        for (const device of this.#devices) {
          if (!device.program.hasPlan(epoch, plan)) continue;
          const goesOn = rows.every(({ cached }) => (cached?.past ?? 0) > 0);
          this.#check(device.program.inject(epoch, injection, plan, goesOn ? rows.length : 0));
          this.#pump(device);
        }
        return;
      }
      case "abort-epoch":
        this.#bury(message.epoch);
        for (const device of this.#devices) device.abort(message.epoch);
        return;
      case "forget":
        for (const device of this.#devices) device.forget(message.epoch, message.sequences);
        return;
      case "close-epoch":
        this.#bury(message.epoch);
        for (const device of this.#devices) {
          this.#check(device.program.closeEpoch(message.epoch));
          device.abort(message.epoch);
        }
        return;
      case "goodbye":
        this.#world.ended(this, "goodbye");
        return;
    }
  }

  receiveFrame({ epoch, injection, state, to, payload, piece }: Outgoing<ToyState>): void {
    const device = this.#deviceOf(epoch, to);
    if (!device) return;
    this.#check(device.program.arrived(epoch, injection, state, payload, piece));
    this.#pump(device);
  }

  #open(message: OpenEpoch): void {
    const { epoch, places, shards } = message;
    this.#epochs.set(epoch, { places, rows: new Map(), isDead: false });
    for (const { place } of shards) this.#check(this.#deviceOf(epoch, place)!.program.openEpoch(epoch));
    const refuses = this.refusesNext;
    this.refusesNext = false;
    this.#world.clock.plan(this.#world.random.next() * 50, () =>
      this.whenAwake(() =>
        this.#world.say(
          this,
          refuses
            ? { kind: "epoch-failed", epoch, reason: "checksum of layer-003 differs" }
            : { kind: "epoch-ready", epoch },
        ),
      ),
    );
  }

  #pump(device: SimulatedDevice): void {
    this.#world.invariants.device(device.name, device.program, device.cachedBytes, (epoch) =>
      this.#epochs
        .get(epoch)!
        .places.findIndex(
          (place) => place.worker === this.hello.name && this.#devices[place.device] === device,
        ),
    );
    const first = device.program.next();
    if (!first) return;
    const firings = [first, ...device.program.alongside];
    for (const { epoch, injection, step } of firings) {
      this.#world.log(() => `${device.name} fires ${epoch}/${injection}/${step.id}`);
      const known = this.#epochs.get(epoch)!;
      hold(!known.isDead, `${device.name} runs a step of epoch ${epoch}, which is dead`);
      const rows = known.rows.get(injection)!;
      if (step.operation.kind === "layer" && rows.some(({ tokens }) => tokens[0] === poison)) {
        this.#world.ended(this, "poison");
        return;
      }
    }
    device.busySinceMs = this.#world.clock.nowMs;
    if (device.hangs) return;
    this.#world.clock.plan(1 + this.#world.random.next() * 4, () =>
      this.whenAwake(() => {
        device.busySinceMs = null;
        for (const firing of firings) this.#complete(device, firing);
        this.#pump(device);
      }),
    );
  }

  #complete(device: SimulatedDevice, firing: Firing<ToyState>): void {
    const { epoch, injection, inputs, step } = firing;
    const { rows: rowsOf, isDead } = this.#epochs.get(epoch)!;
    const rows = rowsOf.get(injection)!;
    const { operation } = step;
    const output = device.compute(firing, rows, isDead);
    const { sends, finished, discarded } = device.program.completed(output);
    const isTold = !discarded || this.#world.random.next() < 0.5;
    if (operation.kind === "head" && isTold) {
      const { head } = operation;
      const state = inputs.get(operation.input)!;
      if (rows.some(({ cached }) => cached)) {
        const tokens = nextTokens(state);
        this.#world.say(this, { kind: "generated", epoch, injection, head, tokens });
      } else {
        const logprobs = scoreRows(state, rows);
        const isGreedy = new Uint8Array(logprobs.length);
        this.#world.say(this, { kind: "scored", epoch, injection, head, logprobs, isGreedy });
      }
    }
    if (operation.kind === "probe" && isTold) {
      const values = probeRows(
        operation.measure,
        operation.inputs.map((id) => inputs.get(id)!),
        rows,
      );
      const { probe } = operation;
      const pieceBytes = 1 + Math.floor(this.#world.random.next() * values.length * 2);
      for (const piece of probePieces({ kind: "probed", epoch, injection, probe, values }, pieceBytes))
        this.#world.say(this, piece);
    }
    const known = this.#epochs.get(epoch)!;
    for (const frame of sends) {
      const { dataAddress } = known.places[frame.to]!;
      if (dataAddress === this.hello.dataAddress) this.receiveFrame(frame);
      else for (const cut of cutSum(frame)) this.#world.sendFrame(this, dataAddress, cut);
    }
    if (finished) {
      const place = known.places.findIndex(
        (at) => at.worker === this.hello.name && this.#devices[at.device] === device,
      );
      this.#world.say(this, { kind: "finished", epoch, injection, place, slices: [] });
    }
  }

  #deviceOf(epoch: number, place: number): SimulatedDevice | undefined {
    const at = this.#epochs.get(epoch)?.places[place];
    return at?.worker === this.hello.name ? this.#devices[at.device] : undefined;
  }

  #bury(epoch: number): void {
    const known = this.#epochs.get(epoch);
    if (known) known.isDead = true;
  }

  #check(error: Error | null): void {
    hold(error === null, `${this.hello.incarnation}: ${error?.message}`);
  }
}

/** What a link does with a running sum: it goes row by row. */
function cutSum(frame: Outgoing<ToyState>): readonly Outgoing<ToyState>[] {
  const { payload, piece, isRunningSum } = frame;
  if (!isRunningSum || piece || payload.length === 1) return [frame];
  return payload.map((row, begin) => {
    return { ...frame, payload: [row], piece: { begin, end: begin + 1, total: payload.length } };
  });
}
