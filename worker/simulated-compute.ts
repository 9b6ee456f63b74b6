// A device that waits instead of computing, so that many workers run on few
// cores and what is measured is everything around the computing. It blocks its
// thread, as real sessions do; its hidden states have a stated size and travel.
import type { TokenScores } from "../models/runtime/model-runtime.js";
import type { TokenRow } from "../models/token-row.js";
import {
  type Computation,
  type Compute,
  combine,
  type JointOutput,
  type JointStep,
  type StateOperation,
} from "./compute.js";
import { type State, unwritten } from "./merge.js";

type LayerOperation = Extract<StateOperation, { readonly kind: "layer" }>;

export interface SimulatedDevice {
  /** How long one layer takes, milliseconds, half of it half as long; merges, embedding and head take none. */
  readonly layerMs: number;
  /** Of one hidden state, whatever the rows. */
  readonly stateBytes: number;
}

export class DeviceKindError extends Error {
  override readonly name = "DeviceKindError";
  readonly exitCode = 2;
}

/** `cpu` is null; `simulated:50` waits 50 ms a layer, `simulated:50:1000000` with states of 1 MB. */
export function parseDevice(text: string): SimulatedDevice | null {
  if (text === "cpu") return null;
  const match = /^simulated:(\d+(?:\.\d+)?)(?::(\d+))?$/.exec(text);
  if (!match) {
    throw new DeviceKindError(
      `there is no device ${JSON.stringify(text)}; devices are cpu and simulated:LAYER_MS[:STATE_BYTES], for example simulated:50:1000000`,
    );
  }
  // Whole float32 values, at least one.
  const stateBytes = Math.max(4, 4 * Math.floor(Number(match[2] ?? 4096) / 4));
  return { layerMs: Number(match[1]), stateBytes };
}

export class SimulatedCompute implements Compute {
  readonly #device: SimulatedDevice;

  constructor(device: SimulatedDevice) {
    this.#device = device;
  }

  async keep(): Promise<void> {}

  async release(): Promise<void> {}

  /** Takes as long as one of them. */
  async together(steps: readonly JointStep[]): Promise<readonly JointOutput[]> {
    const { operation } = steps[0]!;
    if (operation.kind === "layer") {
      return this.#timed(operation, () =>
        steps.map(({ operation: own, input }) => layer(own as LayerOperation, input!)),
      );
    }
    const computed = steps.map(({ rows, operation: own, input }): Promise<JointOutput> => {
      const computation = this.begin(rows);
      return own.kind === "embed" ? computation.run(own, noState, 0) : computation.next(input!);
    });
    return Promise.all(computed);
  }

  begin(rows: readonly TokenRow[]): Computation {
    const { stateBytes } = this.#device;
    const timed = <T>(part: LayerOperation, make: () => T): T => this.#timed(part, make);
    const scored = rows.flatMap((row) => row.scored);
    return {
      rows,
      generates: rows.some(({ cached }) => cached !== undefined),
      async run(operation, stateOf) {
        switch (operation.kind) {
          case "embed": {
            const tokens = rows.reduce((sum, row) => sum + row.tokens.reduce((a, b) => a + b, 0), 0);
            return new Float32Array(stateBytes / 4).fill(tokens % 1000);
          }
          case "layer":
            return timed(operation, () => layer(operation, stateOf(operation.input)));
          case "store":
            return stateOf(operation.input);
          case "damp":
          case "accumulate":
            return combine(operation, stateOf);
        }
      },
      async head(input): Promise<TokenScores> {
        const logprobs = Float32Array.from(
          scored,
          ({ target }) => -Math.abs(Math.fround(Math.fround(input[0]! - target) + input.at(-1)!)),
        );
        return { logprobs, isGreedy: new Uint8Array(scored.length) };
      },
      async next(input) {
        const at = (past: number): number => Math.abs(Math.round(input[0]! + input.at(-1)! + past)) % 1000;
        return Int32Array.from(rows, ({ cached, tokens }) => 1 + at((cached?.past ?? 0) + tokens.length));
      },
      probe() {
        throw new Error("a simulated device has no hidden states worth probing");
      },
    };
  }

  /** What it takes to make the states counts as the layer's time. */
  #timed<T>({ sublayer }: LayerOperation, make: () => T): T {
    const { layerMs } = this.#device;
    const endMs = performance.now() + (sublayer === undefined ? layerMs : layerMs / 2);
    const made = make();
    block(endMs - performance.now());
    return made;
  }
}

function noState(): State {
  throw new Error("an embedding reads no state");
}

/** So that a half's scores are neither the layer's nor the other half's. */
const halfSteps = { attn: 0.25, mlp: 0.5 };

/** Depends on the layer and its input's ends and does not commute, so a wrong order shows in the scores. */
function layer({ layer: whole, sublayer }: LayerOperation, input: State): State {
  const index = whole + (sublayer === undefined ? 0 : halfSteps[sublayer]);
  const output = unwritten(input.length);
  output.set(input);
  for (const at of new Set([0, input.length - 1])) {
    output[at] = Math.fround(Math.fround(input[at]! * 1.25) + index + (at % 7)) % 1000;
  }
  return output;
}

function block(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
