// The workers with a control stream, and which of them may be given work.
import type { Hello } from "../../proto/messages.js";
import type { ConnectionId } from "./dispatch.js";
import { LinkFailures } from "./link-failures.js";

export interface RosterWorker {
  readonly connection: ConnectionId;
  readonly hello: Hello;
  /** It was asked to stop: it gets nothing new. */
  isDraining: boolean;
  /** The newest epoch it acknowledged. */
  acknowledged: number;
}

export class Roster {
  readonly links = new LinkFailures();
  readonly #workers = new Map<ConnectionId, RosterWorker>();
  /** By incarnation: a process that cannot serve stays out when it comes back by a new stream. */
  readonly #leftOut = new Map<string, string>();

  add(connection: ConnectionId, hello: Hello): void {
    this.#workers.set(connection, { connection, hello, isDraining: false, acknowledged: -1 });
  }

  remove(connection: ConnectionId): void {
    this.#workers.delete(connection);
  }

  get(connection: ConnectionId): RosterWorker | undefined {
    return this.#workers.get(connection);
  }

  find(name: string): RosterWorker | undefined {
    return this.all().find(({ hello }) => hello.name === name);
  }

  all(): readonly RosterWorker[] {
    return [...this.#workers.values()];
  }

  leaveOut({ hello }: RosterWorker, reason: string): void {
    this.#leftOut.set(hello.incarnation, reason);
  }

  whyLeftOut({ hello }: RosterWorker): string | null {
    return this.#leftOut.get(hello.incarnation) ?? null;
  }

  mayServe(worker: RosterWorker): boolean {
    return !worker.isDraining && this.whyLeftOut(worker) === null;
  }

  /** By name, so that the same workers are placed alike, in whatever order they came. */
  candidates(): readonly RosterWorker[] {
    return this.all()
      .filter((worker) => this.mayServe(worker))
      .sort((a, b) => (a.hello.name < b.hello.name ? -1 : 1));
  }
}
