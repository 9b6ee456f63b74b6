// What the rest of the program needs to know of a family of models. One file
// an architecture implements it; import.ts picks it by config.json.
import type { GraphPart, ModelConfig, Part, RopeConfig } from "../config.js";

/** A tensor the checkpoint must hold, under its Hugging Face name. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A float32 tensor in a weights file of the model store, little-endian, row-major. */
export interface StoredTensor extends TensorSpec {
  /** Relative to the model's folder in the store. */
  readonly file: string;
  /** Byte offset of the first element in the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** How the tokens of a row see each other and know where they are: what the graphs' inputs are made from. */
export type InputForm =
  | {
      /** A decoder: graphs take rotary angles and a mask; the head scores tokens. */
      readonly kind: "causal";
      readonly rope: RopeConfig;
      /** How many of a head's first dimensions are rotated. Even. */
      readonly rotarySize: number;
      /** A token attends to itself and the `slidingWindow - 1` positions before it; null: to all. */
      readonly slidingWindow: number | null;
    }
  | {
      /** An encoder: the embedding takes positions and token types, the layers a mask; the head reads rows. */
      readonly kind: "bidirectional";
      readonly maxPositions: number;
      readonly tokenTypeCount: number;
      /** Of the classifier; 0: there is none. */
      readonly classCount: number;
      /** Of a row: what the pooler, or without one the first token, gives. */
      readonly featureCount: number;
    };

export interface Architecture<Config extends ModelConfig = ModelConfig> {
  /** The values of config.json's `architectures` it stands for. */
  readonly names: readonly string[];
  /** @throws UnsupportedConfigError naming the key and the value */
  readConfig(json: Readonly<Record<string, unknown>>): Config;
  /** The tensors a part is made of. With tied embeddings the head lists the embedding's matrix. */
  tensors(config: Config, part: Part): readonly TensorSpec[];
  /** Settles what config.json leaves to the checkpoint's tensors (canonical names). */
  completeConfig?(config: Config, has: (tensor: string) => boolean): Config;
  inputForm(config: Config): InputForm;
  /** The name used here of a tensor that other versions call `name`. */
  canonicalName?(name: string): string;
  /** Tensors that old checkpoints hold and no part needs; any other extra tensor is refused. */
  readonly ignoredTensors?: RegExp;
  /** Tensors a checkpoint may hold although they must equal another: copy -> original. */
  copies?(config: Config): ReadonlyMap<string, string>;
  /**
   * The part's ONNX graph, serialised, its weights referring to the store's files. A half of a layer takes what the
   * layer takes, but an MLP only the hidden states, and gives hidden states with its residual in them.
   */
  graph(config: Config, part: GraphPart, tensor: (name: string) => StoredTensor): Uint8Array;
}
