// The table of who may import whom (README, Architecture), held by a test.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Longest match wins. `types:` allows `import type` only. A folder may always import itself. */
const table: Readonly<Record<string, readonly string[]>> = {
  models: [],
  proto: ["types:models", "types:coordinator/graph", "types:coordinator/placement"],
  "coordinator/schedule": [],
  "coordinator/graph": ["coordinator/schedule"],
  "coordinator/placement": ["coordinator/graph", "coordinator/schedule"],
  "coordinator/suites": ["coordinator/schedule", "types:models"],
  "coordinator/results": [
    "coordinator/schedule",
    "coordinator/suites/confusion",
    "coordinator/suites/correlation",
    "coordinator/suites/python-text",
    "types:coordinator/suites",
    "types:models",
  ],
  "coordinator/cluster": [
    "coordinator/graph",
    "coordinator/placement",
    "proto",
    "types:models",
    "types:coordinator/results",
  ],
  "coordinator/commands": ["coordinator", "models", "proto"],
  coordinator: ["coordinator/commands"],
  worker: ["models", "proto", "types:coordinator/graph", "types:coordinator/placement"],
};

/** Packages with one place each; the others may be used wherever they are needed. */
const packagePlaces: Readonly<Record<string, readonly string[]>> = {
  "onnxruntime-node": ["models/runtime"],
  protobufjs: ["models/onnx"],
  "@huggingface/tokenizers": ["models"],
  hyparquet: ["coordinator/suites"],
  "@grpc/grpc-js": ["proto"],
  "@grpc/proto-loader": ["proto"],
  "@grpc/reflection": ["proto"],
  "grpc-health-check": ["proto"],
  "@peculiar/x509": ["coordinator/commands"],
  libsql: ["coordinator"],
  yargs: ["coordinator", "worker"],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(folder, file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+"([^"]+)";/gm);
  return [...statements].map(([, typeOnly, to]) => ({
    from: file,
    to: to!.startsWith(".") ? path.join(path.dirname(file), to!) : to!,
    typeOnly: typeOnly !== undefined,
  }));
}

const isWithin = (file: string, folder: string): boolean => file.startsWith(`${folder}/`);
const files = ["models", "proto", "coordinator", "worker"].flatMap(sourceFiles);
const imports = files.flatMap(importsOf);
const isFile = ({ to }: Import): boolean => /^(models|proto|coordinator|worker|test)\//.test(to);

test("every import between folders is in the table", () => {
  assert.ok(imports.length > 100, "the imports were found");
  const folders = Object.keys(table).sort((a, b) => b.length - a.length);
  const wrong = imports.filter(isFile).filter(({ from, to, typeOnly }) => {
    const own = folders.find((folder) => isWithin(from, folder))!;
    if (isWithin(to, own)) return false;
    return !table[own]!.some((allowed) =>
      allowed.startsWith("types:")
        ? typeOnly && isWithin(to, allowed.slice("types:".length))
        : isWithin(to, allowed) || to === `${allowed}.js`,
    );
  });
  assert.deepEqual(wrong, []);
});

test("packages that have a place are imported there only", () => {
  const wrong = imports.filter(({ from, to }) => {
    const places = Object.entries(packagePlaces).find(
      ([name]) => to === name || to.startsWith(`${name}/`),
    )?.[1];
    return places !== undefined && !places.some((place) => isWithin(from, place));
  });
  assert.deepEqual(wrong, []);
});

test("imports have no cycles", () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (typeOnly) continue;
    edges.set(from, [...(edges.get(from) ?? []), to.replace(/\.js$/, ".ts")]);
  }
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(file), `cycle: ${[...trail, file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
});

test("no file has more than 320 lines", () => {
  const long = [...files, ...sourceFiles("test")].flatMap((file) => {
    const lines = readFileSync(path.join(root, file), "utf8").split("\n").length - 1;
    return lines > 320 ? [`${file}: ${lines}`] : [];
  });
  assert.deepEqual(long, []);
});
