// A model ready to compute on this thread: embedding, layers and head as
// functions on hidden states. Device threads run plans with it; the tests'
// reference interpreter runs schedules with it.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { LayerGraphPart } from "../architectures/cached-attention.js";
import { type LayerPart, type Part, partName } from "../config.js";
import { layerGraph } from "../store/layer-graph.js";
import type { Manifest } from "../store/manifest.js";
import type { TokenRow } from "../token-row.js";
import { type BatchInputs, inputMaker } from "./batch-inputs.js";
import type { KeyValueCache } from "./key-value-cache.js";
import { withNewKept } from "./mean-kept.js";
import { mostThreads } from "./most-threads.js";
import { PartSession, type SessionOptions, Tensor } from "./part-session.js";

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

/** Where a layer's keys and values are kept. */
export interface Slots {
  /** [row] Names the slot in the row's sequence. */
  readonly visits: readonly number[];
  /** Others have them too (kv=paper): they are only read, and the new keys and values come out behind the hidden states. */
  readonly isShared: boolean;
}

/** Where a step's keys and values are put side by side; fresh memory for every layer costs more than the copying. */
interface Scratch {
  readonly keys: Float32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
}

export class ModelRuntime {
  #scratch: Scratch | null = null;
  readonly #modelDir: string;
  readonly #manifest: Manifest;
  readonly #threads: number;
  readonly #sessions = new Map<string, PartSession>();
  /** By the layer's part, of layers that are kept: graphs besides its own, loaded when the first schedule asks. */
  readonly #builtGraphs = new Map<string, Map<string, Promise<PartSession>>>();
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
      const built = [...(this.#builtGraphs.get(part)?.values() ?? [])];
      this.#builtGraphs.delete(part);
      for (const each of [session, ...(await Promise.all(built))]) await each.release();
    }
    const options = this.#sessionOptions();
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

  /** hidden states [batch, seq, hidden] -> the same after one layer, or after half of one */
  async layer(
    { layer, sublayer }: LayerPart,
    hidden: Float32Array,
    inputs: BatchInputs,
  ): Promise<Float32Array<ArrayBuffer>> {
    const state = { hidden: new Tensor("float32", hidden, inputs.hiddenShape) };
    const feeds = sublayer === "mlp" ? state : { ...state, ...inputs.layer };
    if (sublayer === undefined) return this.#runToHidden({ layer }, feeds);
    const outputs = await (await this.#built({ layer, sublayer })).run(feeds);
    return outputs.output!.data as Float32Array<ArrayBuffer>;
  }

  /**
   * hidden states [batch, seq, hidden] of the rows' new tokens -> the same after one layer, or half of one. Their keys
   * and values go into the cache, and with those of the tokens before they are attended to.
   * @param slots whose keys and values these are: a layer that is applied twice has two. Of shared ones the result is as
   * in mean-kept.ts.
   */
  async cachedLayer(
    part: LayerPart,
    hidden: Float32Array,
    inputs: BatchInputs,
    cache: KeyValueCache,
    { visits, isShared }: Slots,
  ): Promise<Float32Array<ArrayBuffer>> {
    if (part.sublayer === "mlp") return this.layer(part, hidden, inputs);
    const { rows, columns, mask } = inputs.cached!;
    const [batch, seq] = inputs.hiddenShape;
    const hiddenTensor = new Tensor("float32", hidden, inputs.hiddenShape);
    const project = await this.#built({ ...part, cached: "project" });
    const { q, k, v } = await project.run({ hidden: hiddenTensor, ...inputs.layer });
    const size = k!.dims[2]!;
    const floats = batch * columns * size;
    const scratch = this.#takeScratch(floats);
    const [keys, values] = [scratch.keys.subarray(0, floats), scratch.values.subarray(0, floats)];
    for (const [b, { sequence, past, length }] of rows.entries()) {
      const visit = visits[b]!;
      const own = ({ data }: Tensor): Float32Array =>
        (data as Float32Array).subarray(b * seq * size, (b * seq + length) * size);
      const line = (all: Float32Array): Float32Array =>
        all.subarray(b * columns * size, (b + 1) * columns * size);
      if (!isShared) cache.append(sequence, visit, past, size, own(k!), own(v!));
      cache.read(sequence, visit, isShared ? past : past + length, size, line(keys), line(values));
      if (isShared) {
        line(keys).set(own(k!), past * size);
        line(values).set(own(v!), past * size);
      }
      // What an earlier step left there might not be finite, and 0 times infinity is not 0.
      line(keys).fill(0, (past + length) * size);
      line(values).fill(0, (past + length) * size);
    }
    keys.fill(0, rows.length * columns * size);
    values.fill(0, rows.length * columns * size);
    const attend = await this.#built({ ...part, cached: "attend" });
    const outputs = await attend.run({
      hidden: hiddenTensor,
      q: q!,
      keys: new Tensor("float32", keys, [batch, columns, size]),
      values: new Tensor("float32", values, [batch, columns, size]),
      mask,
    });
    this.#scratch = scratch;
    const hiddenStates = outputs.output!.data as Float32Array<ArrayBuffer>;
    return isShared ? withNewKept(hiddenStates, k!, v!) : hiddenStates;
  }

  /** Two steps at once do not share it: it is away while a step has it. */
  #takeScratch(floats: number): Scratch {
    const scratch = this.#scratch;
    this.#scratch = null;
    if (scratch && scratch.keys.length >= floats) return scratch;
    const room = Math.max(floats, 2 * (scratch?.keys.length ?? 0));
    return { keys: new Float32Array(room), values: new Float32Array(room) };
  }

  /** hidden states [batch, seq, hidden] of rows that go on -> the likeliest next token of each, the first of equals */
  async nextTokens(hidden: Float32Array, inputs: BatchInputs): Promise<Int32Array<ArrayBuffer>> {
    const { rows } = inputs.cached!;
    const [, seq] = inputs.hiddenShape;
    const last = BigInt64Array.from(rows, ({ length }, b) => BigInt(b * seq + length - 1));
    const { argmax } = await this.#scoreRows(hidden, inputs, last, new BigInt64Array(rows.length));
    return Int32Array.from(argmax, Number);
  }

  /** hidden states [batch, seq, hidden] -> the scored tokens' values; a vocabulary's logits never leave the runtime */
  async head(hidden: Float32Array, inputs: BatchInputs): Promise<TokenScores> {
    if (this.#manifest.config.architecture === "bert") return this.#readOutputs(hidden, inputs);
    const { scoredRows, scoredTargets } = inputs;
    const { logprobs, argmax } = await this.#scoreRows(hidden, inputs, scoredRows, scoredTargets);
    return { logprobs, isGreedy: Uint8Array.from(argmax, (id, i) => (id === scoredTargets[i] ? 1 : 0)) };
  }

  /** Of each row of the hidden states that is named: its target's log-probability, and the likeliest token. */
  async #scoreRows(
    hidden: Float32Array,
    { hiddenShape }: BatchInputs,
    named: BigInt64Array,
    targetOf: BigInt64Array,
  ): Promise<{ readonly logprobs: Float32Array<ArrayBuffer>; readonly argmax: BigInt64Array }> {
    const count = named.length;
    const logprobs = new Float32Array(count);
    const argmax = new BigInt64Array(count);
    const hiddenTensor = new Tensor("float32", hidden, hiddenShape);
    for (let start = 0; start < count; start += headRows) {
      const end = Math.min(start + headRows, count);
      // At least two rows, for the reason layOutBatch gives.
      const size = Math.max(end - start, 2);
      const rows = new BigInt64Array(size);
      const targets = new BigInt64Array(size);
      rows.set(named.subarray(start, end));
      targets.set(targetOf.subarray(start, end));
      const outputs = await this.#session("head").run({
        hidden: hiddenTensor,
        rows: new Tensor("int64", rows, [size]),
        targets: new Tensor("int64", targets, [size, 1]),
      });
      logprobs.set((outputs.logprob!.data as Float32Array).subarray(0, end - start), start);
      argmax.set((outputs.argmax!.data as BigInt64Array).subarray(0, end - start), start);
    }
    return { logprobs, argmax };
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

  /** A graph of the layer besides its own; it maps the layer's weights, which were checked with the layer. */
  #built(wanted: LayerGraphPart): Promise<PartSession> {
    const { layer, sublayer, cached } = wanted;
    this.#session({ layer });
    const part = partName({ layer });
    const built = this.#builtGraphs.get(part) ?? new Map<string, Promise<PartSession>>();
    this.#builtGraphs.set(part, built);
    const key = `${sublayer} ${cached}`;
    const known = built.get(key);
    if (known) return known;
    const loading = PartSession.load(layerGraph(this.#manifest, wanted), this.#sessionOptions());
    built.set(key, loading);
    loading.catch(() => built.delete(key));
    return loading;
  }

  #sessionOptions(): SessionOptions {
    return { weightsDir: this.#modelDir, threads: this.#threads };
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
