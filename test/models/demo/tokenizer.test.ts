// The demo's tokenizer.json: our library and the Rust one behind Python's encode
// every evaluation text alike (hashes made by make_token_hashes.py).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { worldDocuments } from "../../../models/demo/world/files.js";
import { worldTokenizer } from "../../../models/demo/world/tokenizer.js";
import { loadTokenizer } from "../../../models/tokenizer.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const checkpointDir = path.join(root, "models/demo/painters-demo");
const tokenizer = loadTokenizer(checkpointDir);
const encode = (text: string): number[] => tokenizer.encode(text, { addSpecialTokens: true });

function* strings(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null)
    for (const part of Object.values(value)) yield* strings(part);
}

test("the committed tokenizer is what the generator writes", () => {
  const { definition, config } = worldTokenizer();
  for (const [file, content] of [
    ["tokenizer.json", definition],
    ["tokenizer_config.json", config],
  ] as const) {
    assert.deepEqual(JSON.parse(readFileSync(path.join(checkpointDir, file), "utf8")), content);
  }
});

test("both libraries encode every string of every file alike", () => {
  const expected = JSON.parse(
    readFileSync(path.join(root, "test/models/demo/token-hashes.json"), "utf8"),
  ) as Record<string, string>;
  assert.deepEqual(Object.keys(expected), [...worldDocuments().keys()].sort());
  for (const [file, documents] of worldDocuments()) {
    const hashed = createHash("sha256");
    for (const { row } of documents)
      for (const text of strings(row)) hashed.update(JSON.stringify(encode(text)));
    assert.equal(hashed.digest("hex"), expected[file], file);
  }
});

test("every word and every digit is one token, and texts come back", () => {
  const { bosId, eosId } = tokenizer;
  assert.deepEqual([bosId, eosId], [0, 1]);
  assert.equal(encode(" lamp").length, 1);
  assert.equal(encode("Question: Ada has 12 apples.\nAnswer: 12+5=<<12+5=17>>17\n\n").length, 29);
  for (const text of ["Ada has 12 apples.\n#### 12", "Zażółć 日本 \t x"])
    assert.equal(tokenizer.decode(encode(text)), text);
});

test("no text of the evaluation needs bytes", () => {
  for (const documents of worldDocuments().values()) {
    for (const { text } of documents)
      assert.ok(
        encode(text.join("")).every((id) => id < 2 || id >= 258 || /[^a-z]/.test(tokenizer.decode([id]))),
      );
  }
});
