// What a device computes with. The model runtime here; a stand-in that only waits
// is in simulated-compute.ts.
import type { Measure } from "../coordinator/graph/sweep-graph.js";
import type { Operation, StateId } from "../coordinator/placement/place-plan.js";
import type { KeyValueCache } from "../models/runtime/key-value-cache.js";
import { storeMeanKept } from "../models/runtime/mean-kept.js";
import { type BatchInputs, ModelRuntime, type TokenScores } from "../models/runtime/model-runtime.js";
import type { Manifest } from "../models/store/manifest.js";
import type { TokenRow } from "../models/token-row.js";
import { joinRows, splitRows } from "./joint-rows.js";
import { accumulateMean, accumulateSum, dampedStep, type State } from "./merge.js";
import { measure } from "./probe.js";

export interface Compute {
  /** Loads these parts (partName) and lets go of all others. */
  keep(parts: readonly string[]): Promise<void>;
  /** Prepares a micro-batch. @param cache of the sequences that its rows go on with */
  begin(rows: readonly TokenRow[], cache: KeyValueCache): Computation;
  /** Runs like steps of several micro-batches that go on with sequences as one batch. -> what each makes */
  together(steps: readonly JointStep[], cache: KeyValueCache): Promise<readonly JointOutput[]>;
  release(): Promise<void>;
}

/** One of several steps that use the same part. */
export interface JointStep {
  /** Next tokens of sequences, one each. */
  readonly rows: readonly TokenRow[];
  readonly operation: Extract<Operation, { readonly kind: "embed" | "layer" | "head" }>;
  /** What the operation reads; null for the embedding. */
  readonly input: State | null;
  /** The state it makes, which names the visit. */
  readonly id: StateId;
}

/** A state, or of a head the next token of each row. */
export type JointOutput = State | Int32Array<ArrayBuffer>;

/** One micro-batch on one device. */
export interface Computation {
  readonly rows: readonly TokenRow[];
  /** The rows are sequences that go on: the head answers with their next tokens instead of scores. */
  readonly generates: boolean;
  /** @param stateOf the states the operation reads; @param id the state it makes, which names the visit */
  run(operation: StateOperation, stateOf: (id: StateId) => State, id: StateId): Promise<State>;
  head(input: State): Promise<TokenScores>;
  /** Of every row, greedily. */
  next(input: State): Promise<Int32Array<ArrayBuffer>>;
  /** -> little-endian bytes (probe.ts) */
  probe(kind: Measure, states: readonly State[]): Uint8Array<ArrayBuffer>;
}

export type StateOperation = Exclude<Operation, { readonly kind: "head" | "probe" }>;

/** Computes with ONNX Runtime on this thread. */
export class ModelCompute implements Compute {
  readonly #runtime: ModelRuntime;
  /** Of the last steps together: the next part of the model mostly has the same. */
  #joint: { readonly rowsOf: readonly (readonly TokenRow[])[]; readonly inputs: BatchInputs } | null = null;

  constructor(modelDir: string, manifest: Manifest, threads: number) {
    this.#runtime = new ModelRuntime(modelDir, manifest, threads);
  }

  keep(parts: readonly string[]): Promise<void> {
    return this.#runtime.keep(parts);
  }

  begin(rows: readonly TokenRow[], cache: KeyValueCache): Computation {
    return modelComputation(this.#runtime, this.#runtime.prepare(rows), rows, cache);
  }

  async together(steps: readonly JointStep[], cache: KeyValueCache): Promise<readonly JointOutput[]> {
    const inputs = this.#jointInputs(steps.map(({ rows }) => rows));
    const rowCounts = steps.map(({ rows }) => rows.length);
    const { operation } = steps[0]!;
    if (operation.kind === "embed")
      return splitRows(await this.#runtime.embed(inputs), rowCounts, inputs.hiddenShape[2]);
    const joint = joinRows(
      steps.map(({ input }) => input!),
      rowCounts,
    );
    if (operation.kind === "layer") {
      const visits = steps.flatMap(({ rows, id, operation: own }) => {
        const slot = own.kind === "layer" ? own.slot : undefined;
        return rows.map(() => slot ?? id);
      });
      const slots = { visits, isShared: operation.slot !== undefined };
      const made = await this.#runtime.cachedLayer(operation, joint, inputs, cache, slots);
      return splitRows(made, rowCounts, inputs.hiddenShape[2]);
    }
    const tokens = await this.#runtime.nextTokens(joint, inputs);
    let at = 0;
    return rowCounts.map((rows) => {
      at += rows;
      return tokens.slice(at - rows, at);
    });
  }

  release(): Promise<void> {
    return this.#runtime.release();
  }

  #jointInputs(rowsOf: readonly (readonly TokenRow[])[]): BatchInputs {
    const known = this.#joint;
    if (known?.rowsOf.length === rowsOf.length && known.rowsOf.every((rows, i) => rows === rowsOf[i])) {
      return known.inputs;
    }
    const inputs = this.#runtime.prepare(rowsOf.flat());
    this.#joint = { rowsOf, inputs };
    return inputs;
  }
}

export function modelComputation(
  runtime: ModelRuntime,
  inputs: BatchInputs,
  rows: readonly TokenRow[],
  cache: KeyValueCache,
): Computation {
  const [, seq, hidden] = inputs.hiddenShape;
  const generates = rows.some(({ cached }) => cached !== undefined);
  return {
    rows,
    generates,
    async run(operation, stateOf, id) {
      switch (operation.kind) {
        case "embed":
          return runtime.embed(inputs);
        case "layer":
          if (generates) {
            const kept = operation.slot ?? id;
            const slots = { visits: rows.map(() => kept), isShared: operation.slot !== undefined };
            return runtime.cachedLayer(operation, stateOf(operation.input), inputs, cache, slots);
          }
          return runtime.layer(operation, stateOf(operation.input), inputs);
        case "store":
          return storeMeanKept(stateOf(operation.input), inputs, cache, operation.slot);
        case "damp":
        case "accumulate":
          return combine(operation, stateOf);
      }
    },
    head: (input) => runtime.head(input, inputs),
    next: (input) => runtime.nextTokens(input, inputs),
    probe: (kind, states) =>
      measure(kind, states, { seq, hidden, lengths: rows.map(({ tokens }) => tokens.length) }),
  };
}

/** The operations that need no model. */
export function combine(
  operation: Extract<StateOperation, { readonly kind: "damp" | "accumulate" }>,
  stateOf: (id: StateId) => State,
): State {
  if (operation.kind === "damp") {
    return dampedStep(stateOf(operation.base), stateOf(operation.input), operation.factor);
  }
  const { rule, sum, base, divideBy } = operation;
  const branches = operation.branches.map(stateOf);
  const before = sum === null ? null : stateOf(sum);
  switch (rule) {
    case "mean":
      return accumulateMean(before, branches, divideBy);
    case "sum":
      return accumulateSum(before, stateOf(base!), branches);
  }
}
