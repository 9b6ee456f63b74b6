// Steps of several micro-batches in one batch: bit for bit what each makes alone.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { KeyValueCache } from "../../models/runtime/key-value-cache.js";
import { importCheckpoint } from "../../models/store/import-checkpoint.js";
import type { CachedTokens, TokenRow } from "../../models/token-row.js";
import { type Computation, type JointStep, ModelCompute } from "../../worker/compute.js";
import { joinRows, splitRows } from "../../worker/joint-rows.js";
import type { State } from "../../worker/merge.js";
import { maySharePart } from "../../worker/shared-batch.js";
import { writeRandomCheckpoint } from "../random-model/random-checkpoint.js";

const folder = await mkdtemp(path.join(os.tmpdir(), "painters-joint-"));
after(() => rm(folder, { recursive: true }));

const sizes = {
  hidden_size: 48,
  intermediate_size: 96,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  vocab_size: 300,
  max_position_embeddings: 256,
};
const configs = {
  llama: {
    ...sizes,
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    num_key_value_heads: 2,
    rms_norm_eps: 1e-5,
    rope_theta: 500,
    hidden_act: "silu",
  },
  neox: {
    ...sizes,
    architectures: ["GPTNeoXForCausalLM"],
    model_type: "gpt_neox",
    rotary_pct: 0.5,
    rotary_emb_base: 500,
    hidden_act: "gelu",
  },
};

/** Of each micro-batch: which layers it goes through, and how long its sequences' prompts are. */
const batches = [
  { layers: [0, 1, 2], promptLengths: [70] },
  { layers: [1, 2], promptLengths: [3, 1, 11] },
  { layers: [2, 1], promptLengths: [17, 90] },
];

function row(tokens: readonly number[], cached: CachedTokens): TokenRow {
  return {
    tokens,
    prefixLength: tokens.length,
    branchLengths: [],
    scored: [],
    cached,
  };
}

for (const [name, config, isShared] of [
  ["llama", configs.llama, false],
  ["llama", configs.llama, true],
  ["neox", configs.neox, false],
  ["neox", configs.neox, true],
] as const) {
  test(`together() makes the bits that every step makes alone: ${name}${isShared ? ", shared keys and values" : ""}`, async () => {
    const checkpoint = path.join(folder, `${name}-${isShared}`);
    await writeRandomCheckpoint(checkpoint, config);
    const { dir, manifest } = await importCheckpoint(checkpoint, path.join(folder, "store"));
    const compute = new ModelCompute(dir, manifest, 1);
    await compute.keep(["embed", "layer-000", "layer-001", "layer-002", "head"]);
    after(() => compute.release());

    let sequence = 0;
    const prompts = batches.map(({ promptLengths }) =>
      promptLengths.map((length) => {
        const own = sequence++;
        return row(
          Array.from({ length }, (_, i) => (own * 31 + i * 7) % 300),
          { sequence: own, past: 0 },
        );
      }),
    );
    const steps = prompts.map((rows) =>
      rows.map(({ tokens, cached }) => {
        const base = cached!.sequence;
        return row([tokens.length % 300], { sequence: 50 + base, past: tokens.length, base });
      }),
    );
    const visit = (batch: number, at: number): number => 10 * batch + at;
    /** Where it is of a group, here of one layer: the merge's id. */
    const slotOf = (batch: number, at: number) => (isShared ? { slot: 100 + visit(batch, at) } : {});
    /** Alone of what a group's layer makes. */
    const stored = (computation: Computation, state: State, { slot }: { readonly slot?: number }) =>
      slot === undefined ? state : computation.run({ kind: "store", slot, input: 0 }, () => state, 0);

    /** Every micro-batch by itself: its prompts, then the states of its step, and the next tokens. */
    const alone = new KeyValueCache();
    const joint = new KeyValueCache();
    const runAlone = async (computation: Computation, batch: number) => {
      const states = [await computation.run({ kind: "embed" }, noState, 0)];
      for (const [at, layer] of batches[batch]!.layers.entries()) {
        const input = states.at(-1)!;
        const slot = slotOf(batch, at);
        const operation = { kind: "layer", layer, input: 0, ...slot } as const;
        const state = await computation.run(operation, () => input, visit(batch, at));
        states.push(await stored(computation, state, slot));
      }
      return { states, tokens: await computation.next(states.at(-1)!) };
    };
    const expected = [];
    for (const [batch, rows] of prompts.entries()) {
      await runAlone(compute.begin(rows, joint), batch);
      await runAlone(compute.begin(rows, alone), batch);
      expected.push(await runAlone(compute.begin(steps[batch]!, alone), batch));
    }

    const run = async (operationOf: (batch: number) => JointStep["operation"], at: number, who: number[]) =>
      compute.together(
        who.map((batch): JointStep => {
          const operation = operationOf(batch);
          const input = operation.kind === "embed" ? null : found[batch]!.at(-1)!;
          return { rows: steps[batch]!, operation, input, id: visit(batch, at) };
        }),
        joint,
      );
    const found: State[][] = batches.map(() => []);
    for (const [batch, state] of (await run(() => ({ kind: "embed" }), 0, [0, 1, 2])).entries()) {
      found[batch]!.push(state as State);
    }
    const walk: readonly (readonly [layer: number, ...(readonly [batch: number, at: number][])])[] = [
      [0, [0, 0]],
      [1, [0, 1], [1, 0]],
      [2, [0, 2], [1, 1], [2, 0]],
      [1, [2, 1]],
    ];
    for (const [layer, ...who] of walk) {
      const outputs = await compute.together(
        who.map(([batch, at]) => ({
          rows: steps[batch]!,
          operation: { kind: "layer", layer, input: 0, ...slotOf(batch, at) },
          input: found[batch]!.at(-1)!,
          id: visit(batch, at),
        })),
        joint,
      );
      for (const [i, [batch, at]] of who.entries()) {
        const computation = compute.begin(steps[batch]!, joint);
        found[batch]!.push(await stored(computation, outputs[i] as State, slotOf(batch, at)));
      }
    }
    const tokens = await run(() => ({ kind: "head", head: 0, input: 0 }), 0, [0, 1, 2]);
    for (const [batch, { states, tokens: own }] of expected.entries()) {
      const rows = steps[batch]!.length;
      assert.deepEqual(tokens[batch], own);
      for (const [i, state] of states.entries()) {
        const real = (of: State): State => of.subarray(0, rows * sizes.hidden_size);
        assert.deepEqual(real(found[batch]![i]!), real(state), `state ${i} of batch ${batch}`);
      }
    }
  });
}

test("maySharePart() keeps layers of groups and others apart", () => {
  const own = { kind: "layer", layer: 3, input: 1 } as const;
  assert.ok(maySharePart(own, { ...own, input: 2 }));
  assert.ok(maySharePart({ ...own, slot: 8 }, { ...own, slot: 9 }));
  assert.ok(!maySharePart(own, { ...own, slot: 9 }));
});

test("splitRows() undoes joinRows(); a lone row is padded to two", () => {
  const states = [Float32Array.of(1, 2, 0, 0), Float32Array.of(3, 4, 5, 6, 7, 8)];
  const joined = joinRows(states, [1, 3]);
  assert.deepEqual([...joined], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(splitRows(joined, [1, 3], 2), states);
});

test("splitRows() keeps keys and values behind the rows they belong to", () => {
  const joint = Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 11, 21, 31);
  assert.deepEqual(splitRows(joint, [1, 2], 2), [
    Float32Array.of(1, 2, 0, 0, 10, 0, 11, 0),
    Float32Array.of(3, 4, 5, 6, 20, 30, 21, 31),
  ]);
});

function noState(): never {
  throw new Error("an embedding reads no state");
}
