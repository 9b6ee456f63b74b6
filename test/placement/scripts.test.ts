// Runs testdata/placement/*.txt: a placement, schedules, and under ---- the plans
// compiled from them. UPDATE=1 rewrites what is expected; read it in review.
//
//   compile a=0..4 b=4..8     who holds which layers; `embed` and `head` may be listed; compile-paper for kv=paper
//   0..4, mean(4..8)          a schedule a line
//   ----
//   a  0:embed 1:L0>b ..      state:operation>places it is sent to
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { Operation, PlaceStep } from "../../coordinator/placement/place-plan.js";
import type { PlaceIndex, PlacementGroup } from "../../coordinator/placement/placement.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";

// From dist/test/placement to the sources, which UPDATE=1 writes to.
const folder = fileURLToPath(new URL("../../../test/testdata/placement/", import.meta.url));

for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
  test(`plans as in ${file}`, () => {
    const location = path.join(folder, file);
    const text = readFileSync(location, "utf8");
    const actual = text
      .trimEnd()
      .split(/\n\n+/)
      .map((script) => {
        const question = script.split("\n----")[0]!;
        return `${question}\n----\n${runScript(question.split("\n").filter((line) => !line.startsWith("#")))}`;
      })
      .join("\n\n");
    if (process.env.UPDATE === "1") writeFileSync(location, `${actual}\n`);
    else assert.equal(`${actual}\n`, text);
  });
}

function runScript([command = "", ...lines]: readonly string[]): string {
  const [verb, ...words] = command.split(" ");
  assert.ok(verb === "compile" || verb === "compile-paper", command);
  const names = words.map((word) => word.split("=")[0]!);
  const held = words.map((word) => word.split("=")[1]!.split(","));
  const layerCount = Math.max(...held.flat().map((span) => Number(/\.\.(\d+)$/.exec(span)?.[1] ?? 0)));
  const schedules = lines.map((line) => parseSchedule(line, layerCount));
  const graph = buildGraph(schedules, verb === "compile-paper" ? "paper" : "own");
  const plans = compileGroup(graph, graph.heads, groupOf(held, layerCount));
  const width = Math.max(...names.map((name) => name.length));
  return [...plans]
    .map(([place, { steps, boundStates, boundKept }]) => {
      const run = steps.map((step) => stepText(step, names)).join(" ");
      const kept = boundKept === 0 ? "" : `, ${boundKept} with keys and values`;
      return `${names[place]!.padEnd(width)}  ${run}  (at most ${boundStates}${kept})`;
    })
    .join("\n");
}

/** Embedding and head are with the first and the last layer where they are not listed. */
function groupOf(held: readonly (readonly string[])[], layerCount: number): PlacementGroup {
  const holders = (isHeld: (span: string) => boolean): readonly PlaceIndex[] =>
    held.flatMap((spans, place) => (spans.some(isHeld) ? [place] : []));
  const layers = Array.from({ length: layerCount }, (_, layer) =>
    holders((span) => {
      const [start = Infinity, end = 0] = span.split("..").map(Number);
      return start <= layer && layer < end;
    }),
  );
  const named = (name: string, otherwise: readonly PlaceIndex[]) => {
    const listed = holders((span) => span === name);
    return listed.length > 0 ? listed : otherwise;
  };
  return { embed: named("embed", layers[0]!), layers, head: named("head", layers.at(-1)!) };
}

function stepText({ id, operation, sendTo }: PlaceStep, names: readonly string[]): string {
  const readers = sendTo.length === 0 ? "" : `>${sendTo.map((place) => names[place]!).join("")}`;
  return `${id}:${operationText(operation)}${readers}`;
}

function operationText(operation: Operation): string {
  switch (operation.kind) {
    case "embed":
      return "embed";
    case "layer":
      return `L${operation.layer}(${operation.input}${operation.slot === undefined ? "" : `; slot ${operation.slot}`})`;
    case "damp":
      return `damp(${operation.factor},${operation.base},${operation.input})`;
    case "store":
      return `store(${operation.input}; slot ${operation.slot})`;
    case "head":
      return `head(${operation.input})`;
    case "probe":
      return `${operation.measure}(${operation.inputs.join()})`;
    case "accumulate": {
      const { rule, sum, base, branches, divideBy } = operation;
      const before = sum === null ? "" : `${sum}+`;
      return `${rule}(${base === null ? "" : `${base};`}${before}${branches.join("+")})${divideBy === null ? "" : `/${divideBy}`}`;
    }
  }
}
