// What of a sweep is still to be done, and the next micro-batch of it. Pure.
//
// Every wanted record (head, document) is known (in the ledger), given up, waiting
// (in exactly one bucket, or as a suspect), or in flight (in exactly one injection of
// a living epoch). A bucket holds the documents that lack the same heads. A document
// that was in flight at two losses is a suspect: it runs alone, when all else is done.
import type { VisitId } from "../graph/sweep-graph.js";
import type { RowDocument } from "./dispatch.js";

/** Documents to run together under the same heads. */
export interface Batch {
  readonly heads: readonly VisitId[];
  readonly documents: readonly number[];
  /** Rows times the longest row. */
  readonly paddedTokens: number;
  /** A suspect: nothing else may be in flight on the workers that run it. */
  readonly alone: boolean;
}

interface Bucket {
  readonly heads: readonly VisitId[];
  /** Longest last, and taken from there: rows of a batch are alike, and the long batches come first. */
  readonly members: number[];
  isSorted: boolean;
}

const [known, waiting, inFlight, givenUp] = [0, 1, 2, 3];
const lossesOfSuspect = 2;

export class Work {
  /** Of all documents, in padded tokens. */
  readonly longestDocument: number;
  readonly #sizes: readonly { readonly rows: number; readonly longest: number }[];
  readonly #flags = new Map<VisitId, Uint8Array>();
  readonly #buckets = new Map<string, Bucket>();
  /** Keys of buckets; the first is taken from. */
  #queue: string[] = [];
  #suspects: { readonly heads: readonly VisitId[]; readonly document: number }[] = [];
  readonly #losses = new Map<number, number>();
  #missing = 0;
  #failed = 0;
  /** Buckets may hold documents that no longer belong there. */
  #isStale = false;

  constructor(
    waves: readonly (readonly VisitId[])[],
    documents: readonly RowDocument[],
    isMissing: (head: VisitId, document: number) => boolean,
    /** Shorter rows count, and are computed, as this many. */
    leastRowTokens = 1,
  ) {
    this.#sizes = documents.map(({ rows }) => ({
      rows: rows.length,
      longest: rows.reduce((longest, { tokens }) => Math.max(longest, tokens.length), leastRowTokens),
    }));
    this.longestDocument = this.#sizes.reduce(
      (most, { rows, longest }) => Math.max(most, paddedTokens(rows, longest)),
      0,
    );
    for (const wave of waves) {
      const heads = wave.toSorted((a, b) => a - b);
      for (const head of heads) this.#flags.set(head, new Uint8Array(documents.length));
      for (const document of documents.keys()) {
        const lacking = heads.filter((head) => isMissing(head, document));
        for (const head of lacking) this.#flags.get(head)![document] = waiting;
        this.#missing += lacking.length;
        this.#add(lacking, document, "back");
      }
    }
  }

  /** Records that are neither known nor given up. */
  get missing(): number {
    return this.#missing;
  }

  /** Records given up. */
  get failed(): number {
    return this.#failed;
  }

  /** The document that the next micro-batch begins with. */
  first(): Batch | null {
    return this.batch(0);
  }

  /** The next micro-batch: one document, and more as far as the padded tokens fit. Suspects come last. */
  batch(budgetTokens: number): Batch | null {
    if (this.#isStale) this.#sortOut();
    const bucket = this.#buckets.get(this.#queue[0]!);
    if (!bucket) return this.#suspect();
    if (!bucket.isSorted) this.#sort(bucket);
    const { heads, members } = bucket;
    const documents: number[] = [];
    let [rows, width] = [0, 0];
    for (let i = members.length - 1; i >= 0; i--) {
      const size = this.#sizes[members[i]!]!;
      if (documents.length > 0 && (rows + size.rows) * width > budgetTokens) break;
      documents.push(members[i]!);
      rows += size.rows;
      width = Math.max(width, size.longest);
    }
    return { heads, documents, paddedTokens: paddedTokens(rows, width), alone: false };
  }

  /** The batch goes into an injection. */
  start(batch: Batch): void {
    this.#remove(batch);
    for (const head of batch.heads) {
      for (const document of batch.documents) this.#flags.get(head)![document] = inFlight;
    }
  }

  /** Runs the batch's documents in two injections, of half the heads each. */
  split(batch: Batch): void {
    this.#remove(batch);
    const middle = Math.ceil(batch.heads.length / 2);
    for (const document of batch.documents) {
      this.#add(batch.heads.slice(middle), document, "front");
      this.#add(batch.heads.slice(0, middle), document, "front");
    }
  }

  /** The head finished for these documents. @returns for each, whether it was missing */
  recorded(head: VisitId, documents: readonly number[]): readonly boolean[] {
    const flags = this.#flags.get(head)!;
    return documents.map((document) => {
      const before = flags[document];
      if (before === known) return false;
      flags[document] = known;
      if (before === givenUp) this.#failed--;
      else this.#missing--;
      if (before === waiting) this.#isStale = true;
      return true;
    });
  }

  /** A worker was lost with the document on it. */
  blame(document: number): void {
    this.#losses.set(document, (this.#losses.get(document) ?? 0) + 1);
    this.#isStale = true;
  }

  /** What an injection that died did not finish waits again. @returns the documents that do */
  putBack(heads: readonly VisitId[], documents: readonly number[]): readonly number[] {
    return documents.filter((document) => {
      const lacking = heads.filter((head) => this.#flags.get(head)![document] === inFlight);
      for (const head of lacking) this.#flags.get(head)![document] = waiting;
      this.#add(lacking, document, "front");
      return lacking.length > 0;
    });
  }

  /** Gives up what waits of a document under these heads. @returns the heads given up */
  giveUp(document: number, among: readonly VisitId[] = [...this.#flags.keys()]): readonly VisitId[] {
    const heads = among.filter((head) => this.#flags.get(head)![document] === waiting);
    for (const head of heads) this.#flags.get(head)![document] = givenUp;
    this.#missing -= heads.length;
    this.#failed += heads.length;
    this.#isStale = true;
    return heads;
  }

  #add(heads: readonly VisitId[], document: number, end: "front" | "back"): void {
    if (heads.length === 0) return;
    if (this.#isSuspect(document)) {
      this.#suspects.push({ heads, document });
      return;
    }
    const key = heads.join();
    const bucket = this.#buckets.get(key);
    if (bucket) {
      bucket.members.push(document);
      bucket.isSorted = false;
      return;
    }
    this.#buckets.set(key, { heads, members: [document], isSorted: true });
    if (end === "front") this.#queue.unshift(key);
    else this.#queue.push(key);
  }

  #remove({ heads, documents, alone }: Batch): void {
    if (alone) {
      this.#suspects.shift();
      return;
    }
    const key = heads.join();
    const { members } = this.#buckets.get(key)!;
    members.length -= documents.length;
    if (members.length > 0) return;
    this.#buckets.delete(key);
    this.#queue = this.#queue.filter((other) => other !== key);
  }

  #sort(bucket: Bucket): void {
    bucket.members.sort((a, b) => this.#sizes[a]!.longest - this.#sizes[b]!.longest || b - a);
    bucket.isSorted = true;
  }

  /** Moves the documents that no longer lack all of the heads, or became suspects. */
  #sortOut(): void {
    const queue = this.#queue;
    const buckets = queue.map((key) => this.#buckets.get(key)!);
    this.#queue = [];
    this.#buckets.clear();
    const suspects = this.#suspects;
    this.#suspects = [];
    for (const { heads, document } of suspects) this.#add(this.#waiting(heads, document), document, "back");
    for (const { heads, members } of buckets) {
      for (const document of members) this.#add(this.#waiting(heads, document), document, "back");
    }
    this.#isStale = false;
  }

  #waiting(heads: readonly VisitId[], document: number): readonly VisitId[] {
    return heads.filter((head) => this.#flags.get(head)![document] === waiting);
  }

  #isSuspect(document: number): boolean {
    return (this.#losses.get(document) ?? 0) >= lossesOfSuspect;
  }

  #suspect(): Batch | null {
    const suspect = this.#suspects[0];
    if (!suspect) return null;
    const { rows, longest } = this.#sizes[suspect.document]!;
    const { heads, document } = suspect;
    return { heads, documents: [document], paddedTokens: paddedTokens(rows, longest), alone: true };
  }
}

/** A lone row of one token is computed as two (see batch-layout.ts). */
function paddedTokens(rows: number, longest: number): number {
  return Math.max(2, rows * longest);
}
