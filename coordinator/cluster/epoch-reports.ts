// What workers report of injections: scores and ends. A score of an injection that
// died with its epoch is as good as any.
import type { ToCoordinator } from "../../proto/messages.js";
import type { ConnectionId, DispatchAction, DispatchOptions } from "./dispatch.js";
import type { Epoch } from "./epoch.js";
import type { Epochs } from "./epochs.js";
import { ProbePieces, probeBytes } from "./probe-values.js";
import { scoredTokenCount } from "./request-scores.js";
import type { Reservations } from "./reservations.js";
import type { Sequence } from "./sequences.js";
import type { Work } from "./work.js";

export class EpochReports {
  readonly #options: DispatchOptions;
  readonly #work: Work;
  readonly #reservations: Reservations;
  readonly #epochs: Epochs;
  readonly #act: (action: DispatchAction) => void;
  #recorded = 0;

  constructor(
    options: DispatchOptions,
    work: Work,
    reservations: Reservations,
    epochs: Epochs,
    act: (action: DispatchAction) => void,
  ) {
    this.#options = options;
    this.#work = work;
    this.#reservations = reservations;
    this.#epochs = epochs;
    this.#act = act;
  }

  /** Missing records that came. */
  get recorded(): number {
    return this.#recorded;
  }

  /** @returns what is wrong with it */
  scored(
    { epoch, injection, head, logprobs, isGreedy }: Extract<ToCoordinator, { readonly kind: "scored" }>,
    nowMs: number,
  ): string | null {
    const living = this.#epochs.find(epoch);
    const inFlight = living?.inFlight.get(injection);
    const known = inFlight ?? this.#epochs.late(epoch, injection);
    // Of a coordinator before this one: nobody knows any more whose scores they are.
    if (!known) return null;
    const { heads, documents } = known;
    const generates = inFlight !== undefined && inFlight.sequences.length > 0;
    if (!heads.includes(head) || this.#options.graph.visits[head]?.kind === "probe" || generates)
      return `it scored head ${head}, which injection ${injection} does not want`;
    const rows = documents.flatMap((document) => this.#options.documents[document]!.rows);
    const expected = scoredTokenCount(rows);
    if (logprobs.length !== expected || isGreedy.length !== expected) {
      return `it scored ${logprobs.length} tokens of injection ${injection}, which has ${expected}`;
    }
    const missing = this.#work.recorded(head, documents);
    this.#recorded += missing.filter(Boolean).length;
    this.#act({ kind: "record", head, documents, logprobs, isGreedy, missing });
    inFlight?.headsLeft.delete(head);
    if (living) living.progressMs = nowMs;
    return null;
  }

  /** Of an injection that died it is dropped: its sequences begin again. @returns what is wrong with it */
  generated(
    { epoch, injection, head, tokens }: Extract<ToCoordinator, { readonly kind: "generated" }>,
    nowMs: number,
  ): string | null {
    const living = this.#epochs.find(epoch);
    const inFlight = living?.inFlight.get(injection);
    if (!living || !inFlight) return null;
    const { sequences, headsLeft } = inFlight;
    if (sequences.length === 0 || !headsLeft.delete(head))
      return `it generated under head ${head}, which injection ${injection} does not want`;
    if (tokens.length !== sequences.length)
      return `it generated ${tokens.length} tokens of injection ${injection}, which has ${sequences.length} rows`;
    living.progressMs = nowMs;
    for (const [row, sequence] of sequences.entries()) {
      const { document } = sequence;
      sequence.tokens.push(tokens[row]!);
      const { maxTokens, isOver } = this.#options.documents[document]!.generation!;
      sequence.isOver = sequence.tokens.length >= maxTokens || isOver(sequence.tokens);
      this.#act({ kind: "generated", head, document, tokens: [...sequence.tokens], isOver: sequence.isOver });
      if (sequence.isOver) this.#recorded += this.#work.recorded(head, [document]).filter(Boolean).length;
    }
    return null;
  }

  /** A step of its ran on every place: not before, as places that have no part in its token may store keys and values of it. */
  #goOn(epoch: Epoch, sequence: Sequence): void {
    if (!sequence.isOver) {
      epoch.sequences.wait(sequence);
      return;
    }
    const { id, reserved } = sequence;
    epoch.sequences.end(sequence);
    const message = { kind: "forget", epoch: epoch.number, sequences: [id] } as const;
    const holders = new Set([...reserved.keys()].map((place) => epoch.memberAt(place)!.connection));
    for (const connection of holders) this.#act({ kind: "tell", connection, message });
    for (const [place, bytes] of reserved) this.#reservations.free(epoch.deviceAt(place), bytes);
  }

  /** A piece of an injection that died is dropped: what it wanted goes in again. @returns what is wrong with it */
  probed(
    {
      epoch,
      injection,
      probe,
      totalBytes,
      offset,
      data,
    }: Extract<ToCoordinator, { readonly kind: "probed" }>,
    nowMs: number,
  ): string | null {
    const living = this.#epochs.find(epoch);
    const inFlight = living?.inFlight.get(injection);
    if (!living || !inFlight) return null;
    const visit = this.#options.graph.visits[probe];
    if (!inFlight.headsLeft.has(probe) || visit?.kind !== "probe")
      return `it told of probe ${probe}, which injection ${injection} does not want`;
    const { documents } = inFlight;
    const rows = documents.flatMap((document) => this.#options.documents[document]!.rows);
    const expected = probeBytes(visit, rows, this.#options.hiddenSize);
    if (totalBytes !== expected)
      return `it has ${totalBytes} bytes of probe ${probe} in injection ${injection}, which has ${expected}`;
    const pieces = inFlight.pieces.get(probe) ?? new ProbePieces(expected);
    inFlight.pieces.set(probe, pieces);
    if (!pieces.take(offset, data))
      return `a piece of probe ${probe} in injection ${injection} is out of place at ${offset}`;
    living.progressMs = nowMs;
    if (!pieces.isComplete) return null;
    inFlight.pieces.delete(probe);
    inFlight.headsLeft.delete(probe);
    this.#recorded += this.#work.recorded(probe, documents).filter(Boolean).length;
    this.#act({ kind: "probe", probe, documents, values: pieces.values });
    return null;
  }

  /** Frees what the place held. @returns what is wrong with it */
  finished(
    connection: ConnectionId,
    message: Extract<ToCoordinator, { readonly kind: "finished" }>,
    nowMs: number,
  ): string | null {
    const { injection, place, slices } = message;
    const epoch = this.#epochs.find(message.epoch);
    const inFlight = epoch?.inFlight.get(injection);
    if (!epoch || !inFlight) return null;
    const bytes = inFlight.reserved.get(place);
    if (bytes === undefined || epoch.memberAt(place)?.connection !== connection) {
      return `it finished injection ${injection} on place ${place}, where it does not run`;
    }
    inFlight.reserved.delete(place);
    this.#reservations.free(epoch.deviceAt(place), bytes);
    epoch.progressMs = nowMs;
    if (slices.length > 0) {
      const at = epoch.placement.places[place]!;
      this.#act({ kind: "trace", epoch: epoch.number, injection, place: at, slices });
    }
    if (inFlight.reserved.size > 0) return null;
    if (inFlight.headsLeft.size > 0) return `injection ${injection} finished without all its scores`;
    epoch.inFlight.delete(injection);
    for (const sequence of inFlight.sequences) this.#goOn(epoch, sequence);
    return null;
  }
}
