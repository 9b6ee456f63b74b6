// The workers' leases: who is there, by the last sign of life. Pure; time is an input.
//
// A name is held by one process. The newest process wins: the one before is
// superseded for ever, also when it comes back. The same process on a new stream
// replaces its old stream.
import type { ConnectionId } from "./dispatch.js";

export type Joining =
  /** Its name was taken by a newer process. */
  | { readonly kind: "superseded" }
  | {
      readonly kind: "joined";
      /** The stream that held the name before. */
      readonly replaced: ConnectionId | null;
      /** The replaced stream is of another process, which must end. */
      readonly otherProcess: boolean;
    };

interface Lease {
  readonly connection: ConnectionId;
  readonly incarnation: string;
  untilMs: number;
}

export class Leases {
  readonly #leaseMs: number;
  readonly #byName = new Map<string, Lease>();
  readonly #names = new Map<ConnectionId, string>();
  readonly #superseded = new Set<string>();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  join(connection: ConnectionId, name: string, incarnation: string, nowMs: number): Joining {
    if (this.#superseded.has(incarnation)) return { kind: "superseded" };
    const before = this.#byName.get(name);
    const otherProcess = before !== undefined && before.incarnation !== incarnation;
    if (before) this.#names.delete(before.connection);
    if (otherProcess) this.#superseded.add(before.incarnation);
    this.#byName.set(name, { connection, incarnation, untilMs: nowMs + this.#leaseMs });
    this.#names.set(connection, name);
    return { kind: "joined", replaced: before?.connection ?? null, otherProcess };
  }

  /** A sign of life; of a stream without a lease it means nothing. */
  touch(connection: ConnectionId, nowMs: number): void {
    const lease = this.#leaseOf(connection);
    if (lease) lease.untilMs = nowMs + this.#leaseMs;
  }

  end(connection: ConnectionId): void {
    const name = this.#names.get(connection);
    if (name === undefined) return;
    this.#names.delete(connection);
    this.#byName.delete(name);
  }

  /** Those to be taken for lost. They hold their leases until end(). */
  expired(nowMs: number): readonly ConnectionId[] {
    return [...this.#byName.values()]
      .filter(({ untilMs }) => untilMs <= nowMs)
      .map(({ connection }) => connection);
  }

  #leaseOf(connection: ConnectionId): Lease | undefined {
    const name = this.#names.get(connection);
    return name === undefined ? undefined : this.#byName.get(name);
  }
}
