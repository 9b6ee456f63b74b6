// The epochs that live, two at most: opened when a placement is wanted, aborted at a
// loss, closed when they ran out. Says what the workers must be told.
//
// What an aborted epoch held on a worker lingers until the worker has surely dropped it:
// until it acknowledges an epoch that it was told of after the abort. Else frames of
// another living epoch, by way of a faster link, could come before the abort.
import type { PlaceIndex, Placement } from "../placement/placement.js";
import type { ConnectionId, DispatchAction, DispatchOptions } from "./dispatch.js";
import { Epoch, type InFlight, type Member } from "./epoch.js";
import type { DeviceKey, Reservations } from "./reservations.js";
import type { Roster } from "./roster.js";
import type { Work } from "./work.js";

const livingAtMost = 2;

/** Of an injection that died: what a score that is still under way belongs to. */
type LateInjection = Pick<InFlight, "epoch" | "heads" | "documents">;

interface Lingering {
  readonly connection: ConnectionId;
  readonly device: DeviceKey;
  readonly bytes: number;
  /** The newest epoch when it was aborted. */
  readonly epoch: number;
}

export class Epochs {
  readonly #options: DispatchOptions;
  readonly #roster: Roster;
  readonly #work: Work;
  readonly #reservations: Reservations;
  readonly #act: (action: DispatchAction) => void;
  #living: Epoch[] = [];
  #lingering: readonly Lingering[] = [];
  readonly #late = new Map<number, LateInjection>();

  constructor(
    options: DispatchOptions,
    roster: Roster,
    work: Work,
    reservations: Reservations,
    act: (action: DispatchAction) => void,
  ) {
    this.#options = options;
    this.#roster = roster;
    this.#work = work;
    this.#reservations = reservations;
    this.#act = act;
  }

  /** Oldest first. */
  get living(): readonly Epoch[] {
    return this.#living;
  }

  get newest(): Epoch | undefined {
    return this.#living.at(-1);
  }

  get live(): Epoch | undefined {
    return this.#living.find(({ state }) => state === "live");
  }

  get hasRoom(): boolean {
    return this.#living.length < livingAtMost;
  }

  /** Living injections. */
  inFlight(): readonly InFlight[] {
    return this.#living.flatMap(({ inFlight }) => [...inFlight.values()]);
  }

  find(epoch: number): Epoch | undefined {
    return this.#living.find(({ number }) => number === epoch);
  }

  late(epoch: number, injection: number): LateInjection | undefined {
    const late = this.#late.get(injection);
    return late?.epoch === epoch ? late : undefined;
  }

  open(number: number, placement: Placement, nowMs: number): void {
    const members = new Map<string, Member>();
    for (const { worker } of placement.places) {
      const found = this.#roster.find(worker);
      if (!found) throw new Error(`the placement names ${worker}, which is not there`);
      members.set(worker, found);
    }
    const epoch = new Epoch(number, placement, members, nowMs);
    this.#living.push(epoch);
    this.#act({ kind: "persist-epoch", epoch: number });
    for (const [name, { connection }] of members) {
      const message = epoch.openMessage(name, this.#options.model, this.#options.ports.partName);
      this.#act({ kind: "tell", connection, message });
    }
  }

  /** Nothing lingers that its acknowledgements would not free. */
  frees(epoch: Epoch): boolean {
    return this.#lingering.every((lingering) => lingering.epoch < epoch.number);
  }

  /** Frees what lingers on a worker that acknowledged an epoch, or is gone. */
  release(connection: ConnectionId, acknowledged = Infinity): void {
    const isFree = (lingering: Lingering): boolean =>
      lingering.connection === connection && lingering.epoch < acknowledged;
    for (const { device, bytes } of this.#lingering.filter(isFree)) this.#reservations.free(device, bytes);
    this.#lingering = this.#lingering.filter((lingering) => !isFree(lingering));
  }

  /** @returns whether with this the epoch is live; the one before then runs out */
  acknowledge(epoch: Epoch, connection: ConnectionId): boolean {
    if (epoch.state !== "opening" || !epoch.awaiting.delete(connection)) return false;
    if (epoch.awaiting.size > 0) return false;
    for (const older of this.#living) if (older !== epoch) older.state = "running-out";
    epoch.state = "live";
    return true;
  }

  /** Ends an epoch; what was in flight waits again. @returns documents that do */
  abort(epoch: Epoch): readonly number[] {
    const newest = this.newest!.number;
    this.#living = this.#living.filter((living) => living !== epoch);
    for (const { connection } of epoch.members.values()) {
      if (!this.#roster.get(connection)) continue;
      this.#act({ kind: "tell", connection, message: { kind: "abort-epoch", epoch: epoch.number } });
    }
    const linger = (reserved: ReadonlyMap<PlaceIndex, number>): void => {
      for (const [place, bytes] of reserved) {
        const { connection } = epoch.memberAt(place)!;
        const device = epoch.deviceAt(place);
        if (!this.#roster.get(connection)) this.#reservations.free(device, bytes);
        else this.#lingering = [...this.#lingering, { connection, device, bytes, epoch: newest }];
      }
    };
    // Texts first: those of one prompt wait again together, and it goes in once for them.
    const generating = epoch.sequences.prompts.flatMap((prompt) => {
      const followers = [...prompt.followers];
      for (const { reserved } of [prompt, ...followers]) linger(reserved);
      const heads = followers.map(({ head }) => head).sort((a, b) => a - b);
      return this.#work.putBack(heads, [followers[0]!.document]);
    });
    const injected = [...epoch.inFlight.values()].flatMap((injection) => {
      const { heads, documents, reserved } = injection;
      linger(reserved);
      this.#late.set(injection.injection, { epoch: epoch.number, heads, documents });
      return this.#work.putBack(heads, documents);
    });
    return [...generating, ...injected];
  }

  /** Ends the epochs that have run out. */
  closeRunOut(): void {
    for (const epoch of this.#living) {
      if (epoch.state === "running-out" && epoch.isIdle) this.#close(epoch);
    }
  }

  /** At the end of the sweep, when nothing is in flight. */
  closeAll(): void {
    for (const epoch of this.#living) {
      if (epoch.state === "opening") this.abort(epoch);
      else this.#close(epoch);
    }
  }

  #close(epoch: Epoch): void {
    this.#living = this.#living.filter((living) => living !== epoch);
    for (const { connection } of epoch.members.values()) {
      this.#act({ kind: "tell", connection, message: { kind: "close-epoch", epoch: epoch.number } });
    }
  }
}
