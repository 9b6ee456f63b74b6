// The workers with a control stream, and which of them may be given work.
import type { Hello } from "../../proto/messages.js";
import type { ConnectionId } from "./dispatch.js";
import { LinkFailures } from "./link-failures.js";

export interface RosterWorker {
  readonly connection: ConnectionId;
  readonly hello: Hello;
  /** It was asked to stop: it gets nothing new. */
  isDraining: boolean;
}

export class Roster {
  readonly links = new LinkFailures();
  readonly #workers = new Map<ConnectionId, RosterWorker>();
  /** By incarnation: a process that cannot serve stays out when it comes back by a new stream. */
  readonly #leftOut = new Map<string, string>();
  readonly #overdue = new Set<string>();

  add(connection: ConnectionId, hello: Hello): void {
    this.#workers.set(connection, { connection, hello, isDraining: false });
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

  readmit({ hello }: RosterWorker): void {
    this.#leftOut.delete(hello.incarnation);
    this.#overdue.delete(hello.incarnation);
  }

  /** It was lost for a step that does not end: it is left out until its devices are well. */
  leaveOutWhileOverdue(worker: RosterWorker, reason: string): void {
    this.leaveOut(worker, reason);
    this.#overdue.add(worker.hello.incarnation);
  }

  isOutWhileOverdue({ hello }: RosterWorker): boolean {
    return this.#overdue.has(hello.incarnation);
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

/** Why a worker cannot serve this sweep; null: it can. */
export function unfitness(
  { models, numericsId }: Hello,
  wanted: { readonly model: string; readonly numericsId: string },
): string | null {
  if (!models.includes(wanted.model)) return `it has no model ${wanted.model}`;
  if (numericsId === wanted.numericsId) return null;
  return `it computes as ${numericsId}, the sweep is computed as ${wanted.numericsId}`;
}
