// The examples put before a document: the harness's own draws, so that prompts
// and their hashes are the harness's. One generator per task, shared by its documents in order.
import { isDeepStrictEqual } from "node:util";
import { PythonRandom } from "../schedule/python-random.js";
import type { Columns, Harness } from "./task.js";

const SEED = 1234;

/** The pool has fewer rows than one document's draw takes. */
export class TooFewExamplesError extends Error {
  override readonly name = "TooFewExamplesError";
  readonly exitCode = 2;
  constructor(
    readonly shots: number,
    readonly drawn: number,
    readonly pool: number,
  ) {
    super(`${shots} shots draw ${drawn} rows, but the split they come from has ${pool}; ask for fewer shots`);
  }
}

export interface FewshotOptions {
  readonly shots: number;
  readonly drawsOneMore: boolean;
  readonly harness: Harness;
}

/** Draws are made for every document from the first on: skipping one changes those of the rest. */
export class FewshotSampler {
  readonly #random = new PythonRandom(SEED);
  readonly #pool: readonly Columns[];
  readonly #options: FewshotOptions;

  constructor(pool: readonly Columns[], options: FewshotOptions) {
    const drawn = options.shots + (options.drawsOneMore ? 1 : 0);
    if (options.shots > 0 && drawn > pool.length) {
      throw new TooFewExamplesError(options.shots, drawn, pool.length);
    }
    this.#pool = pool;
    this.#options = options;
  }

  /** The next document's examples: never the document itself, but for `current` where one more is not drawn. */
  draw(document: Columns): readonly Columns[] {
    const { shots, drawsOneMore, harness } = this.#options;
    if (shots === 0) return [];
    const isOther = (row: Columns): boolean => !isDeepStrictEqual(row, document);
    const drawn = this.#random.sample(this.#pool, shots + (drawsOneMore ? 1 : 0));
    if (harness === "262f879") return drawn.filter(isOther).slice(0, shots);
    if (!drawsOneMore) return drawn;
    const kept = drawn.filter(isOther).slice(0, shots);
    // Where the pool holds the document more than once, today's harness draws again.
    return kept.length === shots ? kept : this.#random.sample(this.#pool.filter(isOther), shots);
  }
}

/** What goes before the document's own prompt. */
export function fewshotBlock(examples: readonly string[]): string {
  return examples.map((example) => `${example}\n\n`).join("");
}
