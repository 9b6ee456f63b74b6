// Carries out an import plan: converts the weights, writes graphs and weights
// into an empty folder and its manifest last.
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { CheckpointError } from "../checkpoint/checkpoint-error.js";
import { Float32Stream } from "../checkpoint/float32-stream.js";
import { writeSafetensors } from "../checkpoint/safetensors-writer.js";
import { fingerprintOf, sha256Of } from "./fingerprint.js";
import type { ImportPlan, PartImport } from "./import-plan.js";
import type { Manifest, PartFiles } from "./manifest.js";
import { MANIFEST } from "./manifest-file.js";
import { sync } from "./staging.js";

/** Told the bytes of weights written so far and in all. */
export type OnProgress = (doneBytes: number, totalBytes: number) => void;

/** Writes the model's folder, durable when this returns. */
export async function writeModel(
  dir: string,
  checkpoint: Checkpoint,
  { plan, onProgress }: { readonly plan: ImportPlan; readonly onProgress: OnProgress },
): Promise<Manifest> {
  for (const pair of plan.copies) await checkCopy(pair);
  const stream = new Float32Stream();
  let doneBytes = 0;
  const parts: PartFiles[] = [];
  for (const part of plan.parts) {
    const data = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of stream.read(part.sources)) {
        yield chunk;
        doneBytes += chunk.length;
        onProgress(doneBytes, plan.weightBytes);
      }
    };
    doneBytes += part.weights?.header.length ?? 0;
    parts.push(await writePart(dir, part, data()));
  }
  for (const file of checkpoint.textFiles) await copyFile(join(checkpoint.dir, file), join(dir, file));
  const manifest: Manifest = {
    formatVersion: 1,
    fingerprint: fingerprintOf(
      plan.config,
      parts.flatMap(({ part, weights }) => (weights ? [{ part, sha256: weights.sha256 }] : [])),
    ),
    name: checkpoint.name,
    config: plan.config,
    sourceDtype: plan.sourceDtype,
    parameterCount: plan.parameterCount,
    parts,
  };
  await writeFile(join(dir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { flag: "wx" });
  // Once, at the end: a sync after each part would halve the speed.
  for (const file of await readdir(dir)) await sync(join(dir, file));
  await sync(dir);
  return manifest;
}

async function writePart(dir: string, part: PartImport, data: AsyncIterable<Uint8Array>): Promise<PartFiles> {
  const { graph, graphFile, weights, weightsFile } = part;
  await writeFile(join(dir, graphFile), graph, { flag: "wx" });
  const files = {
    part: part.part,
    graph: { file: graphFile, bytes: graph.length, sha256: sha256Of(graph) },
  };
  if (!weights) return files;
  const sha256 = await writeSafetensors(join(dir, weightsFile), weights, data);
  return { ...files, weights: { file: weightsFile, bytes: weights.fileBytes, sha256 } };
}

/** A tensor that the config ties to another, but that is stored all the same, must equal it. */
async function checkCopy({ copy, original }: ImportPlan["copies"][number]): Promise<void> {
  const originals = new Float32Stream().read([original]);
  for await (const chunk of new Float32Stream().read([copy])) {
    const other = await originals.next();
    if (other.done || Buffer.compare(chunk, other.value) !== 0) {
      await originals.return(undefined);
      throw new CheckpointError(
        copy.file,
        `tensor ${copy.name} differs from ${original.name}, though config.json ties them; set tie_word_embeddings to false if the model was trained so`,
      );
    }
  }
  await originals.return(undefined);
}
