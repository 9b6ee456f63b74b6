// Texts generated on this machine.
import path from "node:path";
import { demo } from "../../models/demo/demo.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { computeLocally } from "./compute-locally.js";
import type { AskedGeneration } from "./generate-request.js";
import { type GenerationEnd, generateTexts, ownEpochs } from "./generate-texts.js";
import type { GenerationView } from "./generation-view.js";
import { prepareGenerate } from "./prepare-generate.js";
import { untilInterrupted } from "./until-interrupted.js";

export async function generateLocally(
  { request, options }: AskedGeneration,
  view: GenerationView,
): Promise<GenerationEnd> {
  const checkpoint = request.model === "demo" ? demo.checkpointDir : path.resolve(request.model);
  const prepared = await prepareGenerate(request, { checkpoint, storeDir: options.store });
  view.started(
    prepared.manifest.name,
    prepared.schedules.map(({ name }) => name),
  );
  const local = {
    modelDir: prepared.modelDir,
    options,
    numericsId: numericsId(),
    unit: null,
    say: (line: string) => void process.stderr.write(`${line}\n`),
  };
  return untilInterrupted((signal) =>
    computeLocally(
      local,
      (settings, until) =>
        generateTexts(prepared, request, { ...settings, ...ownEpochs }, until, (text) => view.came(text)),
      signal,
    ),
  );
}
