// Writes the world's files. Evaluation and tokenizer, which are committed:
//   node dist/models/demo/world/write.js [FOLDER = models/demo]
// Training text, JSON lines of {pool, text}, which is not:
//   node dist/models/demo/world/write.js --training FILE [LINES] [SEED]
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { jsonLines, trainingTexts, worldDocuments } from "./files.js";
import { worldTokenizer } from "./tokenizer.js";

async function writeEvaluation(folder: string): Promise<void> {
  for (const [name, documents] of worldDocuments()) {
    const file = path.join(folder, "data", name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, jsonLines(documents));
  }
  const checkpoint = path.join(folder, "painters-demo");
  await mkdir(checkpoint, { recursive: true });
  const { definition, config } = worldTokenizer();
  await writeFile(path.join(checkpoint, "tokenizer.json"), `${JSON.stringify(definition, null, 1)}\n`);
  await writeFile(path.join(checkpoint, "tokenizer_config.json"), `${JSON.stringify(config, null, 1)}\n`);
}

async function writeTraining(file: string, lines: number, seed: number): Promise<void> {
  function* all(): Generator<string> {
    let left = lines;
    for (const { pool, text } of trainingTexts(seed)) {
      if (left-- === 0) return;
      yield `${JSON.stringify({ pool, text })}\n`;
    }
  }
  await pipeline(Readable.from(all()), createWriteStream(file));
}

const [first, ...others] = process.argv.slice(2);
if (first === "--training") {
  const [file, lines = "1200000", seed = "12"] = others;
  if (file === undefined) throw new Error("--training needs the name of the file to write");
  await writeTraining(file, Number(lines), Number(seed));
} else {
  await writeEvaluation(first ?? "models/demo");
}
