// The bundled demo: a small seeded random Llama checkpoint and task files, made
// when first asked for. Nothing of it is trained; it shows that the machine works.
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { demoTaskFiles } from "./demo-tasks.js";
import { vocabSize } from "./demo-tokenizer.js";
import { writeRandomCheckpoint } from "./random-checkpoint.js";

/** Change it with anything that changes the files. */
const demoVersion = 1;
const documentsPerTask = 20;

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 64,
  intermediate_size: 176,
  num_hidden_layers: 8,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: vocabSize,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  hidden_act: "silu",
  tie_word_embeddings: false,
  bos_token_id: 0,
  eos_token_id: 1,
  torch_dtype: "float32",
};

export interface DemoFolders {
  /** A Hugging Face checkpoint folder. */
  readonly checkpointDir: string;
  /** Task files, as `--data` takes them. */
  readonly dataDir: string;
}

/** The demo's folders under `cacheDir`, written there first if they are not yet. */
export async function ensureDemo(cacheDir: string): Promise<DemoFolders> {
  const root = path.join(cacheDir, `demo-${demoVersion}`);
  const folders = { checkpointDir: path.join(root, "demo"), dataDir: path.join(root, "data") };
  try {
    await access(root);
    return folders;
  } catch {
    // not there yet
  }
  const unfinished = `${root}.${process.pid}.tmp`;
  await rm(unfinished, { recursive: true, force: true });
  await writeRandomCheckpoint(path.join(unfinished, "demo"), config);
  await writeTasks(path.join(unfinished, "data"));
  try {
    await rename(unfinished, root);
  } catch (error) {
    // Another process may have finished the same files first.
    await rm(unfinished, { recursive: true, force: true });
    await access(root).catch(() => {
      throw error;
    });
  }
  return folders;
}

async function writeTasks(dir: string): Promise<void> {
  for (const [name, rows] of demoTaskFiles(documentsPerTask)) {
    const file = path.join(dir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }
}
