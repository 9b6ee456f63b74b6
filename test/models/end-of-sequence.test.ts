import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { demo } from "../../models/demo/demo.js";
import { GenerationConfigError, loadEosIds } from "../../models/end-of-sequence.js";

test("loadEosIds() takes the generation config's tokens, else the config's", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "painters-eos-"));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.deepEqual(loadEosIds(folder), []);
  writeFileSync(join(folder, "config.json"), '{"eos_token_id": 2}');
  assert.deepEqual(loadEosIds(folder), [2]);
  const file = join(folder, "generation_config.json");
  writeFileSync(file, '{"eos_token_id": [128001, 128009], "temperature": 0.6}');
  assert.deepEqual(loadEosIds(folder), [128001, 128009]);
  writeFileSync(file, "{}");
  assert.deepEqual(loadEosIds(folder), []);
  writeFileSync(file, '{"eos_token_id": "</s>"}');
  assert.throws(
    () => loadEosIds(folder),
    (error) =>
      error instanceof GenerationConfigError &&
      /generation_config\.json.*must be a token id/.test(error.message),
  );
  assert.deepEqual(loadEosIds(demo.checkpointDir), [1]);
});
