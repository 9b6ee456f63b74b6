// GPT-NeoX checkpoints under every method, against what Hugging Face transformers
// computed (test/oracle/architectures).
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import type { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { interpret } from "../reference/interpreter.js";
import { type FixtureCase, largestDifference, relativeDifference } from "./difference.js";
import { type ConfigJson, loadFixture, readFixture } from "./fixture-model.js";

interface Row {
  readonly tokens: readonly number[];
}

interface Outputs {
  /** Of every token but the first. */
  readonly logprobs: readonly number[];
  /** [1, hidden] the last token's, before the final norm */
  readonly hidden: readonly (readonly number[])[];
}

const tolerance = 1e-4;
const names = ["neox-classic", "neox-sequential", "neox-head80", "neox-unbiased"];

interface Gap {
  readonly logprobs: number;
  readonly hidden: number;
}

/** The largest differences of one case, all rows as one micro-batch. */
async function gapOf(model: ModelRuntime, rows: readonly Row[], one: FixtureCase<Outputs>): Promise<Gap> {
  const inputs = model.prepare(
    rows.map(({ tokens }) => ({
      tokens,
      prefixLength: tokens.length,
      branchLengths: [],
      scored: tokens.slice(1).map((target, index) => ({ request: 0, index, target })),
    })),
  );
  const hidden = await interpret(parseSchedule(one.schedule), await model.embed(inputs), inputs, model);
  const { logprobs } = await model.head(hidden, inputs);
  const [, seq, width] = inputs.hiddenShape;
  const states = rows.map(({ tokens }, r) => {
    const at = (r * seq + tokens.length - 1) * width;
    return relativeDifference(hidden.subarray(at, at + width), one.outputs[r]!.hidden[0]!);
  });
  const expected = one.outputs.flatMap((outputs) => outputs.logprobs);
  return { logprobs: largestDifference(logprobs, expected), hidden: Math.max(...states) };
}

for (const name of names) {
  test(`${name} agrees with transformers under every method`, async () => {
    const { rows, cases } = await readFixture<Row, Outputs>(name);
    const model = await loadFixture(name);
    for (const one of cases) {
      const gap = await gapOf(model, rows, one);
      const what = `${one.method} ${one.schedule}: ${JSON.stringify(gap)}`;
      assert.ok(gap.logprobs < tolerance && gap.hidden < tolerance, what);
    }
    await model.release();
  });
}

// A comparison that cannot fail proves nothing: each of these must break it.
const mutations: readonly {
  readonly name: string;
  readonly wrong: string;
  readonly change: (config: ConfigJson) => ConfigJson;
}[] = [
  { name: "neox-unbiased", wrong: "theta", change: (c) => rope(c, { rope_theta: 9000 }) },
  { name: "neox-unbiased", wrong: "rotary share", change: (c) => rope(c, { partial_rotary_factor: 0.25 }) },
  { name: "neox-classic", wrong: "rotary share", change: (c) => ({ ...c, rotary_pct: 0.5 }) },
  { name: "neox-classic", wrong: "residual form", change: (c) => ({ ...c, use_parallel_residual: false }) },
  { name: "neox-sequential", wrong: "residual form", change: (c) => ({ ...c, use_parallel_residual: true }) },
  { name: "neox-sequential", wrong: "gelu", change: (c) => ({ ...c, hidden_act: "gelu" }) },
  { name: "neox-classic", wrong: "eps", change: (c) => ({ ...c, layer_norm_eps: 0.01 }) },
  { name: "neox-sequential", wrong: "head size", change: (c) => ({ ...c, num_attention_heads: 4 }) },
];

for (const { name, wrong, change } of mutations) {
  test(`${name} disagrees with a wrong ${wrong}`, async () => {
    const { rows, cases } = await readFixture<Row, Outputs>(name);
    const model = await loadFixture(name, change);
    const gap = await gapOf(model, rows, cases[0]!);
    await model.release();
    assert.ok(gap.logprobs > 5 * tolerance, `the gap is only ${gap.logprobs}`);
  });
}

function rope(config: ConfigJson, change: object): ConfigJson {
  return { ...config, rope_parameters: { ...(config.rope_parameters as object), ...change } };
}
