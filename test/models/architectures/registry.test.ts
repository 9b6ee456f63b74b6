import assert from "node:assert/strict";
import { test } from "node:test";
import { llama } from "../../../models/architectures/llama.js";
import { architectureNamed } from "../../../models/architectures/registry.js";

test("architectureNamed() says how a BERT with another head becomes a BertModel", () => {
  assert.throws(() => architectureNamed({ architectures: ["BertForMaskedLM"] }), {
    message: /is \["BertForMaskedLM"\]; supported are .*BertModel, .*; make a BertModel of it: python -c/,
  });
});

test("architectureNamed() goes by architectures[0] and lists what is supported", () => {
  assert.equal(architectureNamed({ architectures: ["MistralForCausalLM"], model_type: "mistral" }), llama);
  for (const architectures of [["BertForMaskedLM", "LlamaForCausalLM"], [], undefined, "LlamaForCausalLM"]) {
    assert.throws(() => architectureNamed({ architectures }), {
      name: "UnsupportedConfigError",
      message:
        /architectures is (\["Bert.*\]|\[\]|not set|"Llama\w+"); supported are LlamaForCausalLM, MistralForCausalLM/,
    });
  }
});
