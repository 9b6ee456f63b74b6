// What a model's name stands for on a coordinator's machine.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { modelUnderRoots } from "../../coordinator/commands/sweep-roots.js";
import { freshPath } from "./run-cli.js";

test("modelUnderRoots() finds a model of the store by the name it was imported by, if that is one model's", async () => {
  const storeDir = freshPath("roots");
  const names = ["tiny-0123abcd", "twice-00000000", "twice-11111111"];
  for (const name of names) mkdirSync(join(storeDir, name), { recursive: true });
  const find = (model: string): Promise<string> => modelUnderRoots(model, { modelsDir: null, storeDir });
  assert.match(await find("tiny"), /tiny-0123abcd$/);
  assert.match(await find("twice-11111111"), /twice-11111111$/);
  for (const name of ["twice", "tin", "tiny-0123"]) {
    await assert.rejects(find(name), /the coordinator has no model .*; it has demo, tiny-0123abcd, twice-/);
  }
});
