// What, besides the model, decides the bits of a score. Scores of different
// numerics are never mixed: the id is part of every record.
import { readFileSync } from "node:fs";
import os from "node:os";
import { env } from "onnxruntime-node";

/** For example `onnxruntime-1.30.0/cpu/x64-avx512f/float32/unpacked`. */
export function numericsId(): string {
  return `onnxruntime-${env.versions.node ?? env.versions.common}/cpu/${instructionSet()}/float32/unpacked`;
}

/** The widest vector instructions the runtime's CPU kernels would choose. */
export function instructionSet(): string {
  if (os.arch() !== "x64") return os.arch();
  let flags: readonly string[] = [];
  try {
    flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.trim().split(/\s+/) ?? [];
  } catch {
    // not Linux: the architecture alone is all we know
  }
  const widest = ["avx512f", "avx2", "avx"].find((flag) => flags.includes(flag));
  return widest ? `x64-${widest}` : "x64";
}
