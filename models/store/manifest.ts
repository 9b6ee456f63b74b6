// A model in the store: a folder with manifest.json, config.json, the tokenizer's
// files and, for every part, a weights file (float32 safetensors) and an ONNX graph.
import type { ModelConfig } from "../config.js";

export interface Manifest {
  readonly formatVersion: 1;
  /** sha256 over the canonical config and every weights file's sha256: the model's identity. */
  readonly fingerprint: string;
  /** What people call it: the checkpoint folder's name. */
  readonly name: string;
  readonly config: ModelConfig;
  /** Dtype of the checkpoint it was imported from; the store is always float32. */
  readonly sourceDtype: "F32" | "F16" | "BF16";
  readonly parameterCount: number;
  readonly parts: readonly PartFiles[];
}

export interface PartFiles {
  /** partName(part) */
  readonly part: string;
  readonly graph: StoredFile;
  /** Absent for a head whose only tensors live in the embedding's file. */
  readonly weights?: StoredFile;
}

export interface StoredFile {
  /** Relative to the manifest. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}
