// What attention costs of a layer, from a config and from a stated shape.
import assert from "node:assert/strict";
import { test } from "node:test";
import { attentionShareOfShape, MODEL_SHAPES } from "../../../coordinator/graph/shapes.js";
import { attentionShareOf } from "../../../models/architectures/attention-share.js";
import { architectureNamed } from "../../../models/architectures/registry.js";

test("attentionShareOf() counts the matrices of the attention's graph", () => {
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: 8192,
    intermediate_size: 28672,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    vocab_size: 32000,
  };
  // Query and output 8192 x 8192, key and value 8192 x 1024; three of 8192 x 28672.
  const attention = 2 * 8192 * 8192 + 2 * 8192 * 1024;
  const expected = attention / (attention + 3 * 8192 * 28672);
  const share = attentionShareOf(architectureNamed(config).readConfig(config));
  assert.ok(Math.abs(share - expected) < 1e-12);
  // Norms count there: some ten thousandths.
  const shape = MODEL_SHAPES.find(({ name }) => name === "llama-2-70b")!;
  assert.ok(Math.abs(attentionShareOfShape(shape) - expected) < 1e-3);
});
