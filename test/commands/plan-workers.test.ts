// `painters plan --workers`, run in this process: who would hold what, and every
// mistake in the files and flags.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import yargs from "yargs";
import { planCommand } from "../../coordinator/commands/plan.js";
import { MODEL_SHAPES } from "../../coordinator/graph/shapes.js";

const folder = mkdtempSync(path.join(tmpdir(), "painters-plan-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function file(text: string): string {
  const name = path.join(folder, `${files++}.yaml`);
  writeFileSync(name, text);
  return name;
}

const gpus = (count: number, memory = "80GB"): string =>
  file(
    Array.from(
      { length: count },
      (_, i) => `- {name: w${i}, memory: ${memory}, flops: 20TFLOP/s, link: 12.5GB/s}`,
    ).join("\n"),
  );

async function run(t: TestContext, ...words: string[]): Promise<string> {
  let printed = "";
  const original = process.stdout.write.bind(process.stdout);
  const write = t.mock.method(process.stdout, "write", (text: string | Uint8Array) => {
    // The test runner reports to its parent in bytes while a file is read.
    if (typeof text !== "string") return original(text);
    printed += text;
    return true;
  });
  try {
    await yargs(["plan", ...words])
      .command(planCommand)
      .strict()
      .fail(false)
      .parseAsync();
  } finally {
    write.mock.restore();
  }
  return printed;
}

test("plan --workers splits llama-2-70b over four GPUs", async (t) => {
  const words = ["--shape", "llama-2-70b", "--workers", gpus(4), "--schedule", "baseline"];
  const { placement, predicted } = JSON.parse(await run(t, ...words, "--json"));
  assert.deepEqual(placement, {
    groups: [
      {
        embed: ["w0/0"],
        layers: { "0..20": ["w0/0"], "20..40": ["w1/0"], "40..60": ["w2/0"], "60..80": ["w3/0"] },
        head: ["w3/0"],
      },
    ],
  });
  assert.equal(predicted.groups[0].waves[0].hops, 3);
  const table = await run(t, ...words, "--documents", "10", "--tokens", "1");
  assert.match(table, /\n {2}w1\/0 +0 +68\.5 GB .* 20\.\.40\n/);
  assert.match(table, /\npredicted for 10 documents of 1 token, 1 scored\n/);
});

test("plan --workers places the full stack of every shape on GPUs, and counts their bytes", async (t) => {
  const needed = {
    "bert-large": 1,
    "mistral-7b": 1,
    "pythia-6.9b": 1,
    "llama-2-7b": 1,
    "llama-2-13b": 2,
    "llama-2-70b": 6,
  };
  for (const { name, layerCount, layerParameters, totalParameters } of MODEL_SHAPES) {
    const workers = gpus(needed[name as keyof typeof needed], "48GB");
    const words = ["--shape", name, "--schedule", "baseline", "--workers", workers];
    const { placement, predicted } = JSON.parse(await run(t, ...words, "--json"));
    assert.equal(placement.groups.length, 1, name);
    const layers = placement.groups[0].layers as Readonly<Record<string, readonly string[]>>;
    let [next, replicas] = [0, 0];
    for (const [span, places] of Object.entries(layers)) {
      const [start, end] = span.split("..").map(Number) as [number, number];
      assert.equal(start, next, name);
      next = end;
      replicas += (places.length - 1) * (end - start);
    }
    assert.equal(next, layerCount, name);
    const weights = (predicted.places as readonly { readonly weightBytes: number }[]).map(
      ({ weightBytes }) => weightBytes,
    );
    assert.equal(weights.length, needed[name as keyof typeof needed], name);
    assert.ok(Math.max(...weights) <= 48e9, name);
    const bytes = weights.reduce((sum, own) => sum + own, 0);
    assert.equal(bytes, 4 * (totalParameters + replicas * layerParameters), name);
  }
});

test("what plan prints as a placement can be forced", async (t) => {
  const words = ["--shape", "llama-2-13b", "--grid", "main", "--workers", gpus(3, "30GB"), "--json"];
  const first = JSON.parse(await run(t, ...words));
  const forced = JSON.parse(await run(t, ...words, "--placement", file(JSON.stringify(first.placement))));
  assert.deepEqual(forced.placement, first.placement);
  assert.deepEqual(forced.predicted, first.predicted);
});

test("every shape can be planned, under both objectives", async (t) => {
  const workers = gpus(5);
  for (const { name } of MODEL_SHAPES) {
    for (const objective of ["throughput", "latency"]) {
      const schedules = ["--schedule", "baseline", "--schedule", "loop_parallel(start=4,loops=3)"];
      const words = ["--shape", name, ...schedules, "--workers", workers, "--objective", objective];
      const { predicted } = JSON.parse(await run(t, ...words, "--json"));
      assert.ok(predicted.seconds > 0 && Number.isFinite(predicted.seconds), `${name} ${objective}`);
    }
  }
});

test("plan reads the sizes of a checkpoint from its config", async (t) => {
  // From dist/test/commands to the sources.
  const model = fileURLToPath(new URL("../../../test/testdata/llama/llama-gqa", import.meta.url));
  const words = ["--model", model, "--schedule", "0", "--workers", gpus(2, "1GB"), "--json"];
  const { placement } = JSON.parse(await run(t, ...words));
  assert.equal(placement.groups.length, 2);
});

test("workers files take numbers and units, YAML and JSON", async (t) => {
  const json = file('[{"name": "a", "devices": 2, "memory": 68719476736, "flops": 2e13}]');
  const yaml = file("- name: a\n  devices: 2\n  memory: 64 GiB\n  flops: 20 TFLOPS\n  link: 12.5e9");
  const outputs = [];
  for (const workers of [json, yaml]) {
    outputs.push(await run(t, "--shape", "mistral-7b", "--grid", "main", "--workers", workers, "--json"));
  }
  assert.equal(outputs[0], outputs[1]);
});

test("mistakes in files and flags carry exit code 2 and name what is wrong", async (t) => {
  const shape = ["--shape", "llama-2-7b"];
  const placement = file("groups: [{embed: w0, layers: {0..31: w0}, head: w0}]");
  const cases: readonly [readonly string[], RegExp][] = [
    [[...shape, "--workers", "/none.yaml"], /^\/none\.yaml: cannot be read: .*ENOENT/],
    [[...shape, "--workers", file("- {name: a")], /is neither YAML nor JSON/],
    [[...shape, "--workers", file("[]")], /the file: .*a worker is \{name: w0, /],
    [
      [...shape, "--workers", file("- {name: a, memory: lots, flops: 1e12}")],
      /\[0\]\.memory: 'lots' is no amount such as 80GB/,
    ],
    [[...shape, "--workers", file("- {name: a, memory: 8GB}")], /\[0\]\.flops: /],
    [
      [...shape, "--workers", file("- {name: a, memory: 8GB, flops: 1}\n- {name: a, memory: 8GB, flops: 1}")],
      /two workers are called 'a'/,
    ],
    [[...shape, "--objective", "latency"], /^--objective goes with --workers FILE$/],
    [
      [...shape, "--workers", gpus(1), "--objective", "cost"],
      /--objective must be throughput or latency, not 'cost'/,
    ],
    [[...shape, "--workers", gpus(1), "--tokens", "0"], /--tokens must be at least 1/],
    [
      [...shape, "--workers", gpus(1), "--tokens", "5", "--scored", "6"],
      /--scored is 6, more than the 5 tokens/,
    ],
    [["--layers", "8", "--workers", gpus(1)], /give --shape or --model instead of --layers/],
    [
      [...shape, "--workers", gpus(1), "--placement", placement],
      /yaml: groups\[0\]\.layers: nothing holds layers 31\.\.32; /,
    ],
    [
      [...shape, "--workers", gpus(1), "--placement", placement, "--objective", "latency"],
      /give --objective or --placement, not both/,
    ],
    [
      ["--shape", "llama-2-70b", "--schedule", "baseline", "--workers", gpus(2)],
      /^the model's 275\.9 GB do not fit: the 2 workers lack 1\d\d\.\d GB in all; the largest, w0 \(80\.0 GB\), lacks 195\.9 GB/,
    ],
  ];
  for (const [words, message] of cases) {
    await assert.rejects(run(t, ...words), { exitCode: 2, message }, String(message));
  }
});
