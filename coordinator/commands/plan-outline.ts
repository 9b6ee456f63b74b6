// What `painters plan` counts and places: a model's sizes, from a name, a folder
// or a number of layers, and the schedules. Reads configs, never weights.
import { access } from "node:fs/promises";
import path from "node:path";
import { attentionShareOf } from "../../models/architectures/attention-share.js";
import { architectureNamed } from "../../models/architectures/registry.js";
import { readConfigJson } from "../../models/checkpoint/checkpoint.js";
import type { ModelConfig } from "../../models/config.js";
import { MANIFEST, readManifest } from "../../models/store/manifest-file.js";
import { layoutModel } from "../../models/store/model-layout.js";
import { attentionShareOfShape, layerBytes, MODEL_SHAPES, type ModelShape } from "../graph/shapes.js";
import type { PerPart } from "../placement/per-part.js";
import type { PartCosts } from "../placement/step-costs.js";
import { gridSchedules } from "../schedule/grids.js";
import { parseNamed } from "../schedule/parse-named.js";
import type { NamedSchedule } from "../schedule/schedule.js";
import { ScheduleError } from "../schedule/schedule-error.js";
import { readWholeNumber } from "./schedule.js";

export interface OutlineFlags {
  readonly shape: string | undefined;
  readonly model: string | undefined;
  readonly layers: string | undefined;
  readonly grid: string | undefined;
  readonly schedule: readonly string[] | undefined;
}

export interface SweepOutline {
  readonly model: OutlinedModel;
  readonly shape: ModelShape | null;
  readonly grid: string | null;
  readonly schedules: readonly NamedSchedule[];
}

export interface OutlinedModel {
  readonly name: string;
  readonly layerCount: number;
  /** null: only the number of layers is known. */
  readonly weights: ModelWeights | null;
}

export interface ModelWeights {
  readonly hiddenSize: number;
  /** As workers hold them, in float32. */
  readonly bytes: PerPart;
  /** Matrix products; the head's for a scored token. */
  readonly flopsPerToken: PartCosts;
}

export async function readOutline(flags: OutlineFlags): Promise<SweepOutline> {
  const shape = flags.shape === undefined ? null : findShape(flags.shape);
  const given = [flags.shape, flags.model, flags.layers].filter((flag) => flag !== undefined);
  if (given.length !== 1) {
    throw new ScheduleError("give either --shape or --layers, or --model, for example --shape llama-2-7b");
  }
  const model =
    shape !== null
      ? modelOfShape(shape)
      : flags.model !== undefined
        ? await modelInFolder(flags.model)
        : { name: "model", layerCount: readWholeNumber("--layers", flags.layers), weights: null };
  const { layerCount } = model;
  const texts = flags.schedule ?? [];
  const grid = flags.grid ?? (texts.length === 0 ? "paper" : null);
  const all = [
    ...(grid === null ? [] : gridSchedules(grid, layerCount)),
    ...texts.map((text) => parseNamed(text, layerCount)),
  ];
  const schedules = [...new Map(all.map((schedule) => [schedule.name, schedule])).values()];
  return { model, shape, grid, schedules };
}

function findShape(name: string): ModelShape {
  const shape = MODEL_SHAPES.find((known) => known.name === name);
  if (shape !== undefined) return shape;
  const names = MODEL_SHAPES.map((known) => known.name).join(", ");
  throw new ScheduleError(`'${name}' is no shape; the shapes are ${names}`);
}

function modelOfShape(shape: ModelShape): OutlinedModel {
  const { name, layerCount, hiddenSize, embedParameters, layerParameters, headParameters } = shape;
  const each = <T>(value: T): readonly T[] => Array.from({ length: layerCount }, () => value);
  return {
    name,
    layerCount,
    weights: {
      hiddenSize,
      bytes: { embed: embedParameters * 4, layers: each(layerBytes(shape)), head: headParameters * 4 },
      flopsPerToken: {
        embed: 0,
        layers: each(layerParameters * 2),
        head: headParameters * 2,
        attentionShare: attentionShareOfShape(shape),
      },
    },
  };
}

/** A model of the store or a checkpoint: its sizes follow from the config. */
async function modelInFolder(dir: string): Promise<OutlinedModel> {
  const isStored = await access(path.join(dir, MANIFEST)).then(
    () => true,
    () => false,
  );
  if (isStored) {
    const { name, config } = await readManifest(dir);
    return modelOfConfig(name, config);
  }
  const json = await readConfigJson(dir);
  return modelOfConfig(path.basename(path.resolve(dir)), architectureNamed(json).readConfig(json));
}

function modelOfConfig(name: string, config: ModelConfig): OutlinedModel {
  const { layerCount, hiddenSize, vocabSize } = config;
  const sizes = layoutModel(config).map(({ weights }) => weights?.fileBytes ?? 0);
  const [embed = 0, ...rest] = sizes;
  const own = rest.pop() ?? 0;
  return {
    name,
    layerCount,
    weights: {
      hiddenSize,
      // A tied head needs the embedding's file wherever it is.
      bytes: { embed, layers: rest, head: own + (config.tiedEmbeddings ? embed : 0) },
      flopsPerToken: {
        embed: 0,
        layers: rest.map((bytes) => bytes / 2),
        head: 2 * vocabSize * hiddenSize,
        attentionShare: attentionShareOf(config),
      },
    },
  };
}
