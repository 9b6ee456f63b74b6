// The reference: a schedule read as a program and run literally. One request a
// row, no packing, no graph, no sharing. Everything else is compared with it.
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import type { BatchInputs, ModelRuntime, TokenScores } from "../../models/runtime/model-runtime.js";

type Hidden = Float32Array; // [1, seq, hidden]

/** The hidden states after a schedule. */
export async function interpret(
  schedule: Schedule,
  hidden: Hidden,
  inputs: BatchInputs,
  model: Pick<ModelRuntime, "layer">,
): Promise<Hidden> {
  const run = (s: Schedule, h: Hidden): Promise<Hidden> => interpret(s, h, inputs, model);
  switch (schedule.kind) {
    case "layer":
      return model.layer(schedule, hidden, inputs);
    case "sequence": {
      let h = hidden;
      for (const item of schedule.items) h = await run(item, h);
      return h;
    }
    case "merge": {
      const outputs: Hidden[] = [];
      for (const branch of schedule.branches) outputs.push(await run(branch, hidden));
      return hidden.map((h, i) => {
        const total = outputs.reduce((sum, output) => sum + output[i]!, 0);
        return schedule.rule === "mean" ? total / outputs.length : total - (outputs.length - 1) * h;
      });
    }
    case "loop": {
      let h = hidden;
      for (let time = 0; time < schedule.times; time++) {
        const before = h;
        const output = await run(schedule.body, before);
        const { damping } = schedule;
        h = damping === undefined ? output : before.map((x, i) => x + damping * (output[i]! - x));
      }
      return h;
    }
  }
}

/**
 * log p of each of the last `continuation.length` tokens that follow `input`
 * @param input context and continuation without the last token, as the harness feeds the model
 */
export async function scoreContinuation(
  schedule: Schedule,
  input: readonly number[],
  continuation: readonly number[],
  model: ModelRuntime,
): Promise<TokenScores> {
  const first = input.length - continuation.length;
  const inputs = model.prepare([
    {
      tokens: input,
      prefixLength: input.length,
      branchLengths: [],
      scored: continuation.map((target, i) => ({ request: 0, index: first + i, target })),
    },
  ]);
  const hidden = await interpret(schedule, await model.embed(inputs), inputs, model);
  return model.head(hidden, inputs);
}
