// Writes GLUE's files of the world. Evaluation, small training splits and tokenizer, which are committed:
//   node dist/models/demo/world/glue/write.js [FOLDER = models/demo]
// The encoder's training rows, JSON lines of {task, level, texts, label}, which are not:
//   node dist/models/demo/world/glue/write.js --training FILE [LINES] [SEED]
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { glueDocuments, glueLines, glueTraining } from "./files.js";
import { glueTokenizer } from "./tokenizer.js";

async function writeCommitted(folder: string): Promise<void> {
  for (const [name, documents] of glueDocuments()) {
    const file = path.join(folder, "data", name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, glueLines(documents));
  }
  const checkpoint = path.join(folder, "encoder");
  await mkdir(checkpoint, { recursive: true });
  const { definition, config } = glueTokenizer();
  await writeFile(path.join(checkpoint, "tokenizer.json"), `${JSON.stringify(definition, null, 1)}\n`);
  await writeFile(path.join(checkpoint, "tokenizer_config.json"), `${JSON.stringify(config, null, 1)}\n`);
}

async function writeTraining(file: string, lines: number, seed: number): Promise<void> {
  function* all(): Generator<string> {
    let left = lines;
    for (const { task, level, texts, label } of glueTraining(seed)) {
      if (left-- === 0) return;
      yield `${JSON.stringify({ task, level, texts, label })}\n`;
    }
  }
  await pipeline(Readable.from(all()), createWriteStream(file));
}

const [first, ...others] = process.argv.slice(2);
if (first === "--training") {
  const [file, lines = "1300000", seed = "301"] = others;
  if (file === undefined) throw new Error("--training needs the name of the file to write");
  await writeTraining(file, Number(lines), Number(seed));
} else {
  await writeCommitted(first ?? "models/demo");
}
