// Reads manifest.json, the file that makes a folder a model of the store, and
// checks the model's files against it.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type ModelConfig, type Part, partName } from "../config.js";
import { sha256Of, sha256OfFile } from "./fingerprint.js";
import type { Manifest, StoredFile } from "./manifest.js";
import { layoutModel, partsOf } from "./model-layout.js";
import { StoreError } from "./store-error.js";

export const MANIFEST = "manifest.json";

const count = z.int().positive();
const positive = z.number().positive();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "not a sha256 in hexadecimal");

const ropeScaling = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("linear"), factor: positive }),
  z.strictObject({
    kind: z.literal("llama3"),
    factor: positive,
    lowFreqFactor: positive,
    highFreqFactor: positive,
    originalMaxPositions: count,
  }),
]);

const activation = z.enum(["gelu", "gelu-tanh"]);

const modelConfig: z.ZodType<ModelConfig> = z.discriminatedUnion("architecture", [
  z.strictObject({
    architecture: z.literal("llama"),
    hiddenSize: count,
    intermediateSize: count,
    layerCount: count,
    headCount: count,
    kvHeadCount: count,
    headSize: count,
    vocabSize: count,
    maxPositions: count,
    normEps: positive,
    rope: z.strictObject({ theta: positive, scaling: ropeScaling }),
    slidingWindow: count.nullable(),
    attentionBias: z.boolean(),
    mlpBias: z.boolean(),
    tiedEmbeddings: z.boolean(),
  }),
  z.strictObject({
    architecture: z.literal("neox"),
    hiddenSize: count,
    intermediateSize: count,
    layerCount: count,
    headCount: count,
    headSize: count,
    rotarySize: count,
    vocabSize: count,
    maxPositions: count,
    normEps: positive,
    rope: z.strictObject({ theta: positive, scaling: ropeScaling }),
    activation,
    parallelResidual: z.boolean(),
    attentionBias: z.boolean(),
    tiedEmbeddings: z.boolean(),
  }),
  z.strictObject({
    architecture: z.literal("bert"),
    hiddenSize: count,
    intermediateSize: count,
    layerCount: count,
    headCount: count,
    headSize: count,
    vocabSize: count,
    maxPositions: count,
    tokenTypeCount: count,
    normEps: positive,
    activation,
    hasPooler: z.boolean(),
    classifier: z
      .strictObject({
        labelCount: count,
        problem: z.enum(["regression", "single-label", "multi-label"]),
        labels: z.array(z.string()).nullable(),
      })
      .nullable(),
    tiedEmbeddings: z.literal(false),
  }),
]);

const storedFile = z.strictObject({
  // Manifests travel with their folders: a name must not lead out of it.
  file: z.string().regex(/^[\w-][\w.-]*$/, "not a plain file name"),
  bytes: z.int().nonnegative(),
  sha256,
});

const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  formatVersion: z.literal(1),
  fingerprint: sha256,
  name: z.string().min(1),
  config: modelConfig,
  sourceDtype: z.enum(["F32", "F16", "BF16"]),
  parameterCount: z.int().nonnegative(),
  parts: z.array(
    z.strictObject({ part: z.string(), graph: storedFile, weights: storedFile.exactOptional() }),
  ),
});

/**
 * The manifest of the model in `dir`.
 * @throws StoreError naming the field at fault
 */
export async function readManifest(dir: string): Promise<Manifest> {
  const path = join(dir, MANIFEST);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const problem = error instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new StoreError(path, `${problem}: ${String(error)}`, { cause: error });
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") || "the manifest";
    throw new StoreError(path, `${field}: ${issue?.message}; import the model again`, {
      cause: parsed.error,
    });
  }
  const manifest = parsed.data;
  const expected = partsOf(manifest.config).map(partName);
  const wrong = expected.findIndex((name, i) => manifest.parts[i]?.part !== name);
  if (wrong >= 0 || manifest.parts.length !== expected.length) {
    throw new StoreError(
      path,
      `lists ${manifest.parts.length} parts where a model of ${manifest.config.layerCount} layers has ${expected.length}, from embed to head; import the model again`,
    );
  }
  return manifest;
}

/**
 * Checks the sha256 of a part's files. Reads them whole.
 * @throws StoreError naming the file that differs
 */
export async function verifyPart(dir: string, manifest: Manifest, part: Part): Promise<void> {
  const name = partName(part);
  const files = manifest.parts.find((each) => each.part === name);
  if (!files) throw new StoreError(dir, `has no part ${name}; its model has ${manifest.parts.length} parts`);
  for (const stored of filesOf(files)) {
    const path = join(dir, stored.file);
    const actual = await sha256OfFile(path).catch((error: unknown) => {
      throw new StoreError(path, `cannot be read: ${String(error)}; ${repair(dir)}`, { cause: error });
    });
    if (actual !== stored.sha256) {
      throw new StoreError(
        path,
        `is damaged: its sha256 is ${actual}, the manifest says ${stored.sha256}; ${repair(dir)}`,
      );
    }
  }
}

/**
 * Checks that every file is there and as long as it should be. Reads none.
 * @throws StoreError naming the file
 */
export async function checkFiles(dir: string, manifest: Manifest): Promise<void> {
  for (const stored of manifest.parts.flatMap(filesOf)) {
    const path = join(dir, stored.file);
    const bytes = (await stat(path).catch(() => undefined))?.size;
    if (bytes !== stored.bytes) {
      const problem =
        bytes === undefined ? "is missing" : `has ${bytes} bytes, the manifest says ${stored.bytes}`;
      throw new StoreError(path, `${problem}; ${repair(dir)}`);
    }
  }
}

/** Whether this version of the program would write the same graphs and lay the weights out alike. */
export function isCurrent(manifest: Manifest): boolean {
  const layout = layoutModel(manifest.config);
  return layout.every(({ graph, graphFile, weights, weightsFile }, i) => {
    const files = manifest.parts[i];
    return (
      files?.graph.file === graphFile &&
      files.graph.sha256 === sha256Of(graph) &&
      files.weights?.file === (weights ? weightsFile : undefined) &&
      files.weights?.bytes === weights?.fileBytes
    );
  });
}

function filesOf(files: Manifest["parts"][number]): readonly StoredFile[] {
  return files.weights ? [files.graph, files.weights] : [files.graph];
}

function repair(dir: string): string {
  return `remove the folder ${dir} and import the checkpoint again`;
}
