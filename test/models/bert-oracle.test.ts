// BERT checkpoints under every method, against what Hugging Face transformers
// computed (test/oracle/architectures); and against themselves, bit for bit, in
// any micro-batch and under any padding.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import type { ModelRuntime, RowOutputs } from "../../models/runtime/model-runtime.js";
import type { TokenRow } from "../../models/token-row.js";
import { interpret } from "../reference/interpreter.js";
import { type FixtureCase, largestDifference, relativeDifference } from "./difference.js";
import { type ConfigJson, loadFixture, readFixture } from "./fixture-model.js";

interface Row {
  readonly tokens: readonly number[];
  readonly tokenTypes: readonly number[];
}

interface Outputs {
  /** [2, hidden] the first and the last token's */
  readonly hidden: readonly (readonly number[])[];
  readonly features: readonly number[];
  readonly logits?: readonly number[];
}

const tolerance = 1e-4;
const names = ["bert-classifier", "bert-regression", "bert-pooled", "bert-bare"];

function encoderRow({ tokens, tokenTypes }: Row): TokenRow {
  return { tokens, tokenTypes, prefixLength: tokens.length, branchLengths: [], scored: [] };
}

interface Encoded {
  /** Of each row, without its padding: [tokens, hidden]. */
  readonly states: readonly Float32Array[];
  readonly width: number;
  readonly heads: RowOutputs;
}

/** All rows as one micro-batch. */
async function encode(model: ModelRuntime, rows: readonly Row[], schedule: string): Promise<Encoded> {
  const inputs = model.prepare(rows.map(encoderRow));
  const hidden = await interpret(parseSchedule(schedule), await model.embed(inputs), inputs, model);
  const [, seq, width] = inputs.hiddenShape;
  const states = rows.map(({ tokens }, r) => {
    return hidden.slice(r * seq * width, (r * seq + tokens.length) * width);
  });
  return { states, width, heads: await model.readRows(hidden, inputs) };
}

interface Gap {
  readonly hidden: number;
  readonly features: number;
  readonly logits: number;
}

async function gapOf(model: ModelRuntime, rows: readonly Row[], one: FixtureCase<Outputs>): Promise<Gap> {
  const { states, width, heads } = await encode(model, rows, one.schedule);
  const expected = one.outputs;
  const hidden = states.flatMap((state, r) => [
    relativeDifference(state.subarray(0, width), expected[r]!.hidden[0]!),
    relativeDifference(state.subarray(-width), expected[r]!.hidden[1]!),
  ]);
  const features = expected.flatMap((outputs) => outputs.features);
  const logits = expected.flatMap((outputs) => outputs.logits ?? []);
  return {
    hidden: Math.max(...hidden),
    features: largestDifference(heads.features, features),
    logits: largestDifference(heads.logits ?? [], logits),
  };
}

for (const name of names) {
  test(`${name} agrees with transformers under every method`, async () => {
    const { rows, cases } = await readFixture<Row, Outputs>(name);
    const model = await loadFixture(name);
    for (const one of cases) {
      const gap = await gapOf(model, rows, one);
      assert.ok(Math.max(...Object.values(gap)) < tolerance, `${one.schedule}: ${JSON.stringify(gap)}`);
    }
    await model.release();
  });

  test(`${name}: a row's bits depend on no other row and on no padding`, async () => {
    const { rows, cases } = await readFixture<Row, Outputs>(name);
    const model = await loadFixture(name);
    const other = rows[2]!;
    // Every length there is, so every remainder of the kernels' vectors.
    const lengths = Array.from({ length: 40 }, (_, i) => i + 1);
    const all = lengths.map((length): Row => {
      const repeat = (values: readonly number[]): number[] =>
        lengths.slice(0, length).map((i) => values[(i + length) % values.length]!);
      return { tokens: repeat(other.tokens), tokenTypes: repeat(other.tokenTypes) };
    });
    for (const { schedule } of [cases[0]!, cases.find(({ method }) => method === "parallel")!]) {
      const together = await encode(model, all, schedule);
      for (const [r, row] of all.entries()) {
        const alone = await encode(model, [row], schedule);
        assert.deepEqual(alone.states[0], together.states[r], `${row.tokens.length} tokens`);
        for (const kind of ["features", "logits"] as const) {
          const [own, others] = [alone.heads[kind], together.heads[kind]];
          const size = own?.length ?? 0;
          assert.deepEqual(
            own,
            others?.slice(r * size, (r + 1) * size) ?? null,
            `${row.tokens.length} tokens`,
          );
        }
      }
    }
    await model.release();
  });
}

// A comparison that cannot fail proves nothing: each of these must break it.
const mutations: readonly {
  readonly name: string;
  readonly wrong: string;
  readonly change?: (config: ConfigJson) => ConfigJson;
  readonly bend?: (row: Row) => Row;
}[] = [
  { name: "bert-bare", wrong: "eps", change: (c) => ({ ...c, layer_norm_eps: 0.01 }) },
  { name: "bert-bare", wrong: "head size", change: (c) => ({ ...c, num_attention_heads: 3 }) },
  { name: "bert-bare", wrong: "gelu", change: (c) => ({ ...c, hidden_act: "gelu" }) },
  {
    name: "bert-pooled",
    wrong: "token type",
    bend: (row) => ({ ...row, tokenTypes: row.tokenTypes.map((type) => (type + 1) % 3) }),
  },
  {
    name: "bert-classifier",
    wrong: "position",
    bend: ({ tokens, tokenTypes }) => ({ tokens: tokens.toReversed(), tokenTypes: tokenTypes.toReversed() }),
  },
  {
    name: "bert-classifier",
    wrong: "mask: padding is attended to",
    bend: ({ tokens, tokenTypes }) => ({ tokens: [...tokens, 0], tokenTypes: [...tokenTypes, 0] }),
  },
];

for (const { name, wrong, change, bend = (row: Row) => row } of mutations) {
  test(`${name} disagrees with a wrong ${wrong}`, async () => {
    const { rows, cases } = await readFixture<Row, Outputs>(name);
    const model = await loadFixture(name, change);
    const gap = await gapOf(model, rows.map(bend), cases[0]!);
    await model.release();
    assert.ok(gap.features > 5 * tolerance, `the gap is only ${JSON.stringify(gap)}`);
  });
}

test("prepare() refuses rows that an encoder cannot take", async () => {
  const model = await loadFixture("bert-classifier");
  const row = encoderRow({ tokens: [5, 6, 7], tokenTypes: [0, 0, 1] });
  const refused: readonly [Partial<TokenRow>, RegExp][] = [
    [{ tokens: [], tokenTypes: [], prefixLength: 0 }, /row 1 of an encoder's micro-batch has no tokens/],
    [{ tokens: Array(49).fill(3), prefixLength: 49 }, /has 49 tokens; the model has 48 positions/],
    [{ prefixLength: 1, branchLengths: [1, 1] }, /has 2 branches; attention goes both ways/],
    [
      { scored: [{ request: 0, index: 0, target: 27 }] },
      /scores 27 at 0; the model has 3 classes and 24 features, at 0/,
    ],
    [{ scored: [{ request: 0, index: 2, target: 1 }] }, /scores 1 at 2; the model has 3 classes and/],
    [{ tokenTypes: [0] }, /has 3 tokens and 1 token types/],
    [{ tokenTypes: [0, 2, 1] }, /has token type 2; the model has 2, from 0/],
  ];
  for (const [change, message] of refused) {
    assert.throws(() => model.prepare([row, { ...row, ...change }]), { name: "RangeError", message });
  }
  await model.release();
});
