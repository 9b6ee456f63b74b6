// The encoder's tokenizer.json: our library and the Rust one behind Python's encode
// every GLUE row alike, as a pair (hashes made by make_encoder_token_hashes.py).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Tokenizer } from "@huggingface/tokenizers";
import { glueDocuments } from "../../../models/demo/world/glue/files.js";
import { glueTokenizer } from "../../../models/demo/world/glue/tokenizer.js";
import { loadTokenizer } from "../../../models/tokenizer.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const checkpointDir = path.join(root, "models/demo/encoder");
const readJson = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
const tokenizer = new Tokenizer(
  readJson(path.join(checkpointDir, "tokenizer.json")),
  readJson(path.join(checkpointDir, "tokenizer_config.json")),
);

interface Encoded {
  readonly ids: number[];
  readonly token_type_ids: number[];
}

function encode([first, second]: readonly string[]): Encoded {
  return tokenizer.encode(first!, { text_pair: second ?? null, return_token_type_ids: true });
}

test("the committed tokenizer is what the generator writes", () => {
  const { definition, config } = glueTokenizer();
  assert.deepEqual(readJson(path.join(checkpointDir, "tokenizer.json")), definition);
  assert.deepEqual(readJson(path.join(checkpointDir, "tokenizer_config.json")), config);
});

test("both libraries encode every row of every file alike, ids and token types", () => {
  const expected = readJson(path.join(root, "test/models/demo/encoder-token-hashes.json"));
  assert.deepEqual(Object.keys(expected), [...glueDocuments().keys()].sort());
  for (const [file, documents] of glueDocuments()) {
    const hashed = createHash("sha256");
    for (const { texts } of documents) {
      const { ids, token_type_ids } = encode(texts);
      hashed.update(JSON.stringify([ids, token_type_ids]));
    }
    assert.equal(hashed.digest("hex"), expected[file], file);
  }
});

test("a pair is [CLS] A [SEP] B [SEP], and padding is 0", () => {
  const id = (token: string): number => tokenizer.token_to_id(token)!;
  assert.equal(id("[PAD]"), 0);
  const { ids, token_type_ids } = encode(["Ada has the lamp.", "The lamp is with Ada."]);
  const [cls, sep] = [id("[CLS]"), id("[SEP]")];
  const first = ["ada", "has", "the", "lamp", "."].map(id);
  const second = ["the", "lamp", "is", "with", "ada", "."].map(id);
  assert.deepEqual(ids, [cls, ...first, sep, ...second, sep]);
  assert.deepEqual(token_type_ids, [...Array(7).fill(0), ...Array(7).fill(1)]);
});

test("no text of the evaluation is spelt or unknown, and other words are spelt", () => {
  const spelt = /^(##.*|[a-z0-9]|\[UNK\])$/;
  for (const documents of glueDocuments().values()) {
    for (const { texts } of documents) {
      for (const token of tokenizer.tokenize(texts.join(" "))) {
        assert.ok(token === "a" || !spelt.test(token), `${token} in ${texts.join(" ")}`);
      }
    }
  }
  const plain = loadTokenizer(checkpointDir);
  assert.equal(
    plain.decode(plain.encode("Zygote 42, a lamp?", { addSpecialTokens: true })),
    "zygote 42, a lamp?",
  );
});
