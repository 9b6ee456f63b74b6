// kv=paper against an independent PyTorch implementation that keeps the averaged caches as plain tensors
// (test/oracle/generation/make_paper_fixtures.py), by compiled plans, on one place and on groups of layers over several.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import type { PlacementGroup } from "../../coordinator/placement/placement.js";
import { parseNamed } from "../../coordinator/schedule/parse-named.js";
import { PlanDecoder } from "../reference/plan-decode.js";
import { importFixture, loadFixture } from "./fixture-model.js";

interface Fixture {
  readonly model: string;
  readonly prompts: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly schedule: string;
    /** Prompts under which kv=own goes on otherwise. */
    readonly otherThanOwn: number;
    /** [prompt] What follows. */
    readonly tokens: readonly (readonly number[])[];
  }[];
}

const folder = new URL("../../../test/testdata/generation-paper/", import.meta.url);
const fixtures = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Fixture);

for (const { model: name, prompts, cases } of fixtures) {
  test(`${name}: with kv=paper greedy tokens are PyTorch's, wherever a group's layers are`, async () => {
    const model = await loadFixture(name);
    const { layerCount } = (await importFixture(name)).manifest.config;
    for (const { schedule, tokens, otherThanOwn } of cases) {
      const decode = async (kv: "own" | "paper", group: PlacementGroup): Promise<PlanDecoder> => {
        const graph = buildGraph([parseNamed(schedule, layerCount).schedule], kv);
        const decoder = new PlanDecoder(model, graph, graph.heads[0]!, group);
        const found = await decoder.decode(prompts, tokens[0]!.length);
        const others = found.filter((text, i) => text.join() !== tokens[i]!.join()).length;
        assert.equal(others, kv === "own" ? otherThanOwn : 0, `${schedule} with kv=${kv}`);
        return decoder;
      };
      const [one, spread] = [group(layerCount, 1), group(layerCount, 3)];
      const paper = await decode("paper", one);
      await decode("paper", spread);
      if (name !== "llama-gqa") continue;
      const own = await decode("own", one);
      assert.equal(paper.cacheBytes < own.cacheBytes, otherThanOwn > 0, schedule);
    }
    await model.release();
  });
}

/** Layers dealt out to the places in turn, so that every group is spread and its running sum comes back to places. */
function group(layerCount: number, places: number): PlacementGroup {
  const layers = Array.from({ length: layerCount }, (_, layer) => [layer % places]);
  return { embed: [0], layers, head: [places - 1] };
}
