// `painters doctor`: what this machine can run, found out by trying it.
import { access, constants, mkdir, statfs } from "node:fs/promises";
import os from "node:os";
import type { CommandModule } from "yargs";
import { architectureNames } from "../../models/architectures/registry.js";
import { measureGemmRate } from "../../models/runtime/gemm-rate.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { MODEL_SHAPES } from "../graph/shapes.js";
import { defaultStoreDir } from "./folders.js";

interface DoctorOptions {
  readonly store: string;
  readonly json: boolean;
}

interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly text: string;
}

export const doctorCommand: CommandModule<object, DoctorOptions> = {
  builder: (yargs) =>
    yargs
      .option("store", { type: "string", default: defaultStoreDir(), describe: "Folder of imported models" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document" })
      .example("$0 doctor", "this machine and the usual place of models")
      .example("$0 doctor --store /data/models", "models kept elsewhere"),
  handler: async ({ store, json }) => {
    const findings = await examine(store);
    if (json) process.stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`);
    else {
      const width = Math.max(...findings.map(({ subject }) => subject.length));
      for (const { subject, ok, text } of findings) {
        process.stdout.write(`${ok ? "ok  " : "FAIL"}  ${subject.padEnd(width)}  ${text}\n`);
      }
    }
    if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
  },
};

async function examine(storeDir: string): Promise<readonly Finding[]> {
  const cores = os.availableParallelism();
  return [
    await attempt("node", async () => {
      const version = process.versions.node;
      if (Number(version.split(".")[0]) < 20)
        throw new Error(`${version} is too old: painters needs 20 or newer`);
      return `${version}, ${os.platform()} ${os.arch()}`;
    }),
    await attempt("compute", async () => {
      const rate = await measureGemmRate({ rows: 512, inner: 1024, columns: 1024 }, cores);
      return `${cores} cores at ${(rate / 1e9).toFixed(0)} GFLOP/s float32 in all; numerics ${numericsId()}`;
    }),
    await attempt("ledger", async () => {
      const { default: Database } = await import("libsql");
      const database = new Database(":memory:");
      const row = database.prepare("select sqlite_version() as version").get() as { version: string };
      database.close();
      return `SQLite ${row.version}`;
    }),
    await attempt("store", async () => {
      await mkdir(storeDir, { recursive: true });
      await access(storeDir, constants.W_OK);
      const { bavail, bsize } = await statfs(storeDir);
      return `${storeDir} is writable, ${gigabytes(bavail * bsize)} free`;
    }),
    await attempt("memory", async () => `${gigabytes(os.freemem())} free of ${gigabytes(os.totalmem())}`),
    { subject: "checkpoints", ok: true, text: `of ${architectureNames().join(", ")}` },
    ...MODEL_SHAPES.map((shape): Finding => {
      const bytes = shape.totalParameters * 4;
      const fits = bytes < os.totalmem() * 0.9;
      return {
        subject: shape.name,
        ok: true,
        text: `${gigabytes(bytes)} in float32: ${fits ? "fits in memory" : "larger than memory, its weights would be read from the disk again and again"}`,
      };
    }),
  ];
}

async function attempt(subject: string, examineOne: () => Promise<string>): Promise<Finding> {
  try {
    return { subject, ok: true, text: await examineOne() };
  } catch (error) {
    return { subject, ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
