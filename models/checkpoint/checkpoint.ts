// A Hugging Face checkpoint folder, opened as it is: its config, the places of
// its tensors over all shards, its tokenizer's files. No weights are read here.
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { CheckpointError } from "./checkpoint-error.js";
import { readSafetensorsHeader, type TensorEntries, type TensorEntry } from "./safetensors.js";

export interface Checkpoint {
  readonly dir: string;
  /** The folder's name, or the model's name if the folder is a snapshot in the Hugging Face cache. */
  readonly name: string;
  /** config.json, unchecked. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: TensorEntries;
  /** The files beside the weights that a model needs: config, tokenizer, generation defaults. */
  readonly textFiles: readonly string[];
  /** Every file it was read from; while none changes, neither does the checkpoint. */
  readonly sources: readonly SourceFile[];
}

/** A file's state, compared and never interpreted. */
export interface SourceFile {
  /** Relative to the checkpoint's folder. */
  readonly file: string;
  /** Where its bytes are: files of the Hugging Face cache are symbolic links. */
  readonly realPath: string;
  readonly bytes: number;
  readonly modifiedNs: string;
}

const CONFIG = "config.json";
const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const TOKENIZER = "tokenizer.json";
/** What a model needs besides its weights; the last three may be absent. */
const TEXT_FILES = [
  CONFIG,
  TOKENIZER,
  "tokenizer_config.json",
  "special_tokens_map.json",
  "generation_config.json",
];

/**
 * Opens the checkpoint in `dir`.
 * @throws CheckpointError or SafetensorsError naming the file at fault
 */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const files = await listFolder(dir);
  if (!files.has(CONFIG)) {
    throw new CheckpointError(dir, `has no ${CONFIG}, so it is no Hugging Face checkpoint`);
  }
  const sources = await statSources(dir);
  const config = await readConfigJson(dir);
  const tensors = await findTensors(dir, files, config);
  if (!files.has(TOKENIZER)) {
    throw new CheckpointError(
      dir,
      `has no ${TOKENIZER}; write one with python -c "from transformers import AutoTokenizer as T; T.from_pretrained('${dir}').save_pretrained('${dir}')"`,
    );
  }
  await readJsonObject(join(dir, TOKENIZER));
  return {
    dir,
    name: modelName(await realpath(dir)),
    config,
    tensors,
    textFiles: TEXT_FILES.filter((file) => files.has(file)),
    sources,
  };
}

/** config.json of the checkpoint in `dir`, unchecked. */
export async function readConfigJson(dir: string): Promise<Readonly<Record<string, unknown>>> {
  return await readJsonObject(join(dir, CONFIG));
}

/** The present state of the files that make up the checkpoint in `dir`; of their contents only the shards' index is read. */
export async function statSources(dir: string): Promise<readonly SourceFile[]> {
  const files = await listFolder(dir);
  const weights = files.has(WEIGHTS)
    ? [WEIGHTS]
    : files.has(INDEX)
      ? [INDEX, ...shardsOf(await readIndex(dir))]
      : [];
  const states: SourceFile[] = [];
  for (const file of [...TEXT_FILES.filter((name) => files.has(name)), ...weights]) {
    const path = join(dir, file);
    try {
      const { size, mtimeNs } = await stat(path, { bigint: true });
      states.push({ file, realPath: await realpath(path), bytes: Number(size), modifiedNs: String(mtimeNs) });
    } catch (error) {
      const problem =
        codeOf(error) === "ENOENT"
          ? `is missing; download ${weights.includes(file) ? `all ${weights.length - 1} shards that ${INDEX} names` : "it"}`
          : `cannot be read: ${messageOf(error)}`;
      throw new CheckpointError(path, problem, { cause: error });
    }
  }
  return states;
}

async function listFolder(dir: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(dir));
  } catch (error) {
    const problem =
      codeOf(error) === "ENOENT"
        ? "does not exist"
        : codeOf(error) === "ENOTDIR"
          ? "is not a folder"
          : `cannot be read: ${messageOf(error)}`;
    throw new CheckpointError(dir, problem, { cause: error });
  }
}

async function findTensors(
  dir: string,
  files: ReadonlySet<string>,
  config: Checkpoint["config"],
): Promise<TensorEntries> {
  // transformers looks for the single file first, too.
  if (files.has(WEIGHTS)) return await readSafetensorsHeader(join(dir, WEIGHTS));
  if (files.has(INDEX)) return await readShards(dir, await readIndex(dir));
  const pickled = [...files].find((file) => /^pytorch_model.*\.(bin|bin\.index\.json)$/.test(file));
  if (pickled !== undefined) {
    throw new CheckpointError(
      dir,
      `has ${pickled} but no ${WEIGHTS}, and pickled weights are not read; convert them with python -c "from transformers import ${modelClass(config)} as M; M.from_pretrained('${dir}', dtype='auto').save_pretrained('${dir}')"`,
    );
  }
  throw new CheckpointError(dir, `has neither ${WEIGHTS} nor ${INDEX}`);
}

/** The class of transformers that loads and saves the checkpoint with the head it has. */
function modelClass({ architectures }: Checkpoint["config"]): string {
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof first === "string" && /^\w+$/.test(first) ? first : "AutoModelForCausalLM";
}

type WeightMap = ReadonlyMap<string, string>;

/** Tensor name -> shard, from the index; every shard's name checked to stay inside the folder. */
async function readIndex(dir: string): Promise<WeightMap> {
  const path = join(dir, INDEX);
  const { weight_map: weightMap } = await readJsonObject(path);
  if (typeof weightMap !== "object" || weightMap === null || Array.isArray(weightMap)) {
    throw new CheckpointError(path, "has no weight_map from tensors to shards");
  }
  const entries = Object.entries(weightMap).map(([name, shard]): [string, string] => {
    if (typeof shard !== "string") {
      throw new CheckpointError(path, `maps ${name} to ${JSON.stringify(shard)}, not to a file name`);
    }
    if (shard === "" || isAbsolute(shard) || shard.split(/[\\/]/).includes("..")) {
      throw new CheckpointError(
        path,
        `maps ${name} to ${JSON.stringify(shard)}, which is outside the folder; shards must lie in it`,
      );
    }
    return [name, shard];
  });
  if (entries.length === 0) throw new CheckpointError(path, "its weight_map is empty");
  return new Map(entries);
}

function shardsOf(index: WeightMap): readonly string[] {
  return [...new Set(index.values())].sort();
}

async function readShards(dir: string, index: WeightMap): Promise<TensorEntries> {
  const tensors = new Map<string, TensorEntry>();
  for (const shard of shardsOf(index)) {
    for (const entry of (await readSafetensorsHeader(join(dir, shard))).values()) {
      const other = tensors.get(entry.name);
      if (other) {
        throw new CheckpointError(dir, `${basename(other.file)} and ${shard} both hold tensor ${entry.name}`);
      }
      tensors.set(entry.name, entry);
    }
  }
  for (const [name, shard] of index) {
    const entry = tensors.get(name);
    if (entry?.file !== join(dir, shard)) {
      const instead = entry ? ` (${basename(entry.file)} does)` : "";
      throw new CheckpointError(
        join(dir, shard),
        `does not hold tensor ${name}${instead}, though ${INDEX} says so; download both again`,
      );
    }
  }
  return tensors;
}

async function readJsonObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  let json: unknown;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new CheckpointError(path, `cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    json = JSON.parse(text);
  } catch (error) {
    const problem = text.startsWith("version https://git-lfs")
      ? "is a Git LFS pointer; run `git lfs pull` in its folder"
      : `is not JSON: ${messageOf(error)}`;
    throw new CheckpointError(path, problem, { cause: error });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new CheckpointError(path, "is not a JSON object");
  }
  return { ...json };
}

/** `.../models--org--name/snapshots/<commit>` is how the Hugging Face cache stores `org/name`. */
function modelName(realDir: string): string {
  const cached = /^models--(?:.*--)?(.+)$/.exec(basename(dirname(dirname(realDir))));
  const name = basename(dirname(realDir)) === "snapshots" && cached?.[1] ? cached[1] : basename(realDir);
  return name.replace(/^\.+/, "") || "model";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
