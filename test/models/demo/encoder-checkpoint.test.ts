// The bundled encoder: a checkpoint as Hugging Face lays out a BertForSequenceClassification, small, in float16, whole.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../../../models/checkpoint/checkpoint.js";
import { float16ToFloat32 } from "../../../models/checkpoint/float16.js";
import { readTensor } from "../../../models/checkpoint/safetensors.js";

const dir = fileURLToPath(new URL("../../../../models/demo/encoder/", import.meta.url));

interface BertConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
}

/** Every tensor that transformers looks for, but for buffers. */
function expectedShapes(config: BertConfig): Map<string, number[]> {
  const { hidden_size: hidden, intermediate_size: wide } = config;
  const shapes = new Map<string, number[]>();
  const linear = (name: string, outputs: number, inputs: number): void => {
    shapes.set(`${name}.weight`, [outputs, inputs]);
    shapes.set(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    for (const kind of ["weight", "bias"]) shapes.set(`${name}.LayerNorm.${kind}`, [hidden]);
  };
  shapes.set("bert.embeddings.word_embeddings.weight", [config.vocab_size, hidden]);
  shapes.set("bert.embeddings.position_embeddings.weight", [config.max_position_embeddings, hidden]);
  shapes.set("bert.embeddings.token_type_embeddings.weight", [config.type_vocab_size, hidden]);
  norm("bert.embeddings");
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const own = `bert.encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) linear(`${own}.attention.self.${part}`, hidden, hidden);
    linear(`${own}.attention.output.dense`, hidden, hidden);
    norm(`${own}.attention.output`);
    linear(`${own}.intermediate.dense`, wide, hidden);
    linear(`${own}.output.dense`, hidden, wide);
    norm(`${own}.output`);
  }
  linear("bert.pooler.dense", hidden, hidden);
  linear("classifier", 2, hidden);
  return shapes;
}

test("openCheckpoint() opens the bundled encoder and finds every tensor, in float16", async () => {
  const checkpoint = await openCheckpoint(dir);
  assert.deepEqual(checkpoint.config.architectures, ["BertForSequenceClassification"]);
  const config = checkpoint.config as unknown as BertConfig;
  assert.ok(config.num_hidden_layers >= 12);
  assert.equal(config.hidden_size % config.num_attention_heads, 0);
  const shapes = new Map([...checkpoint.tensors].map(([name, { shape }]) => [name, shape]));
  assert.deepEqual(new Map([...shapes].sort()), new Map([...expectedShapes(config)].sort()));
  for (const { name, dtype } of checkpoint.tensors.values()) assert.equal(dtype, "F16", name);
});

test("readTensor() reads finite weights that training has moved", async () => {
  const { tensors } = await openCheckpoint(dir);
  for (const entry of tensors.values()) {
    const bytes = await readTensor(entry);
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
    const bits = new Uint32Array(halves.length);
    float16ToFloat32(halves, bits);
    const values = new Float32Array(bits.buffer);
    assert.ok(values.every(Number.isFinite), entry.name);
    // Biases begin at 0 and norms at 1: none is still all one number.
    assert.ok(new Set(values).size > 1, entry.name);
  }
});

test("the encoder's vocabulary is its tokenizer's, its classes are mrpc's, and it is small", () => {
  const read = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(dir, file), "utf8")) as Record<string, unknown>;
  const config = read("config.json");
  const { vocab } = read("tokenizer.json").model as { readonly vocab: Readonly<Record<string, number>> };
  assert.equal(config.vocab_size, Object.keys(vocab).length);
  assert.equal(config.pad_token_id, vocab["[PAD]"]);
  assert.deepEqual(config.id2label, { "0": "not_equivalent", "1": "equivalent" });
  assert.equal(read("tokenizer_config.json").model_max_length, config.max_position_embeddings);
  assert.ok(statSync(path.join(dir, "model.safetensors")).size <= 8_000_000);
});
