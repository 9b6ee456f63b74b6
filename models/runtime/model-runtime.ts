// A model ready to compute on this thread: embedding, layers and head as
// functions on hidden states. Device threads run plans with it; the tests'
// reference interpreter runs schedules with it.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Part, partName } from "../config.js";
import type { Manifest } from "../store/manifest.js";
import type { TokenRow } from "../token-row.js";
import { type BatchInputs, inputMaker } from "./batch-inputs.js";
import { mostThreads } from "./most-threads.js";
import { PartSession, Tensor } from "./part-session.js";

export type { BatchInputs };

/** Of each scored token, in the order of the rows: natural log-probability and whether it was the argmax; of an encoder's outputs the value and whether it is the largest logit. */
export interface TokenScores {
  readonly logprobs: Float32Array<ArrayBuffer>;
  readonly isGreedy: Uint8Array<ArrayBuffer>;
}

/** Of each row of an encoder. */
export interface RowOutputs {
  /** [rows, hidden] the pooler's output; the first token's state where the model has no pooler */
  readonly features: Float32Array<ArrayBuffer>;
  /** [rows, labels]; null where the model has no classifier */
  readonly logits: Float32Array<ArrayBuffer> | null;
}

// Scored tokens a head run: bounds the logits to this many rows of the vocabulary.
const headRows = 256;

export class ModelRuntime {
  readonly #modelDir: string;
  readonly #manifest: Manifest;
  readonly #threads: number;
  readonly #sessions = new Map<string, PartSession>();
  readonly #makeInputs: (rows: readonly TokenRow[]) => BatchInputs;

  /**
   * Nothing is loaded yet.
   * @param threads of a matrix product; fewer are used where more would change bits (most-threads.ts)
   */
  constructor(modelDir: string, manifest: Manifest, threads: number) {
    this.#modelDir = modelDir;
    this.#manifest = manifest;
    this.#threads = Math.min(threads, mostThreads(manifest.config));
    this.#makeInputs = inputMaker(manifest.config);
  }

  /** A model of the store with all its parts. */
  static async load(modelDir: string, manifest: Manifest, threads: number): Promise<ModelRuntime> {
    const runtime = new ModelRuntime(modelDir, manifest, threads);
    await runtime.keep(manifest.parts.map(({ part }) => part));
    return runtime;
  }

  /** Loads those of the parts (partName) that are not there and releases all others. Weights are mapped, not read. */
  async keep(parts: readonly string[]): Promise<void> {
    for (const [part, session] of this.#sessions) {
      if (parts.includes(part)) continue;
      this.#sessions.delete(part);
      await session.release();
    }
    const options = { weightsDir: this.#modelDir, threads: this.#threads };
    for (const { part, graph } of this.#manifest.parts) {
      if (!parts.includes(part) || this.#sessions.has(part)) continue;
      const bytes = await readFile(path.join(this.#modelDir, graph.file));
      this.#sessions.set(part, await PartSession.load(bytes, options));
    }
  }

  prepare(rows: readonly TokenRow[]): BatchInputs {
    return this.#makeInputs(rows);
  }

  /** -> hidden states [batch, seq, hidden] */
  async embed(inputs: BatchInputs): Promise<Float32Array<ArrayBuffer>> {
    return this.#runToHidden("embed", inputs.embed);
  }

  /** hidden states [batch, seq, hidden] -> the same after one layer */
  async layer(layer: number, hidden: Float32Array, inputs: BatchInputs): Promise<Float32Array<ArrayBuffer>> {
    const feeds = { hidden: new Tensor("float32", hidden, inputs.hiddenShape), ...inputs.layer };
    return this.#runToHidden({ layer }, feeds);
  }

  /** hidden states [batch, seq, hidden] -> the scored tokens' values; a vocabulary's logits never leave the runtime */
  async head(hidden: Float32Array, inputs: BatchInputs): Promise<TokenScores> {
    if (this.#manifest.config.architecture === "bert") return this.#readOutputs(hidden, inputs);
    const count = inputs.scoredRows.length;
    const logprobs = new Float32Array(count);
    const isGreedy = new Uint8Array(count);
    const hiddenTensor = new Tensor("float32", hidden, inputs.hiddenShape);
    for (let start = 0; start < count; start += headRows) {
      const end = Math.min(start + headRows, count);
      // At least two rows, for the reason layOutBatch gives.
      const size = Math.max(end - start, 2);
      const rows = new BigInt64Array(size);
      const targets = new BigInt64Array(size);
      rows.set(inputs.scoredRows.subarray(start, end));
      targets.set(inputs.scoredTargets.subarray(start, end));
      const outputs = await this.#session("head").run({
        hidden: hiddenTensor,
        rows: new Tensor("int64", rows, [size]),
        targets: new Tensor("int64", targets, [size, 1]),
      });
      const argmax = outputs.argmax!.data as BigInt64Array;
      logprobs.set((outputs.logprob!.data as Float32Array).subarray(0, end - start), start);
      for (let i = start; i < end; i++) isGreedy[i] = argmax[i - start] === targets[i - start] ? 1 : 0;
    }
    return { logprobs, isGreedy };
  }

  /** An encoder's hidden states [batch, seq, hidden] -> what its head makes of each row */
  async readRows(hidden: Float32Array, inputs: BatchInputs): Promise<RowOutputs> {
    const [batch, seq] = inputs.hiddenShape;
    // At least two rows, for the reason layOutBatch gives.
    const rows = BigInt64Array.from({ length: Math.max(batch, 2) }, (_, i) => BigInt((i % batch) * seq));
    const outputs = await this.#session("head").run({
      hidden: new Tensor("float32", hidden, inputs.hiddenShape),
      rows: new Tensor("int64", rows, [rows.length]),
    });
    const of = ({ data, dims }: Tensor): Float32Array<ArrayBuffer> =>
      (data as Float32Array<ArrayBuffer>).slice(0, batch * dims[1]!);
    return { features: of(outputs.features!), logits: outputs.logits ? of(outputs.logits) : null };
  }

  async release(): Promise<void> {
    await this.keep([]);
  }

  async #readOutputs(hidden: Float32Array, inputs: BatchInputs): Promise<TokenScores> {
    const { features, logits } = await this.readRows(hidden, inputs);
    const rows = inputs.hiddenShape[0];
    const rowOf = (values: Float32Array, row: number): Float32Array =>
      values.subarray((row * values.length) / rows, ((row + 1) * values.length) / rows);
    const classes = (logits?.length ?? 0) / rows;
    const { scoredRows, scoredTargets } = inputs;
    const logprobs = new Float32Array(scoredRows.length);
    const isGreedy = new Uint8Array(scoredRows.length);
    for (const [i, row] of scoredRows.entries()) {
      const target = Number(scoredTargets[i]);
      if (!logits || target >= classes) {
        logprobs[i] = rowOf(features, Number(row))[target - classes]!;
        continue;
      }
      const own = rowOf(logits, Number(row));
      logprobs[i] = own[target]!;
      isGreedy[i] = own.indexOf(own.reduce((a, b) => Math.max(a, b))) === target ? 1 : 0;
    }
    return { logprobs, isGreedy };
  }

  async #runToHidden(
    part: Part,
    feeds: Readonly<Record<string, Tensor>>,
  ): Promise<Float32Array<ArrayBuffer>> {
    const outputs = await this.#session(part).run(feeds);
    return outputs.output!.data as Float32Array<ArrayBuffer>;
  }

  #session(part: Part): PartSession {
    const session = this.#sessions.get(partName(part));
    if (!session)
      throw new Error(
        `${partName(part)} is not loaded: the model has ${this.#manifest.config.layerCount} layers`,
      );
    return session;
  }
}
