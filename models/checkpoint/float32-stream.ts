// Streams a checkpoint tensor as float32, a few megabytes at a time, whatever
// its dtype: the source end of an import.
import { open } from "node:fs/promises";
import { bfloat16ToFloat32, float16ToFloat32 } from "./float16.js";
import type { TensorEntry } from "./safetensors.js";
import { SafetensorsError } from "./safetensors-error.js";

const CHUNK_ELEMENTS = 1 << 20;

/** The dtypes an import accepts; all widen to float32 without rounding. */
export type WideningDtype = "F32" | "F16" | "BF16";

export function isWideningDtype(dtype: string): dtype is WideningDtype {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16";
}

/** Yields float32 bytes of tensors one after the other, reusing its buffers. */
export class Float32Stream {
  readonly #source = new ArrayBuffer(CHUNK_ELEMENTS * 2);
  /** In turn: a consumer may still be writing one while the next is filled. */
  readonly #targets = [new ArrayBuffer(CHUNK_ELEMENTS * 4), new ArrayBuffer(CHUNK_ELEMENTS * 4)];
  #turn = 0;

  /** A yielded chunk stays valid until the second one after it is asked for. */
  async *read(tensors: readonly TensorEntry[]): AsyncGenerator<Uint8Array> {
    for (const tensor of tensors) yield* this.#readOne(tensor);
  }

  async *#readOne({ name, file, dtype, offset, bytes }: TensorEntry): AsyncGenerator<Uint8Array> {
    if (!isWideningDtype(dtype)) {
      throw new SafetensorsError(file, `tensor ${name} is ${dtype}; F32, F16 and BF16 can be imported`);
    }
    const elementBytes = dtype === "F32" ? 4 : 2;
    const handle = await open(file, "r");
    try {
      for (let done = 0; done < bytes; ) {
        const length = Math.min(CHUNK_ELEMENTS * elementBytes, bytes - done);
        this.#turn = 1 - this.#turn;
        const target = this.#targets[this.#turn]!;
        const chunk = new Uint8Array(dtype === "F32" ? target : this.#source, 0, length);
        for (let filled = 0; filled < length; ) {
          const at = offset + done + filled;
          const { bytesRead } = await handle.read(chunk, filled, length - filled, at);
          if (bytesRead === 0) throw new SafetensorsError(file, `ends at byte ${at}, inside tensor ${name}`);
          filled += bytesRead;
        }
        const elements = length / elementBytes;
        const halves = new Uint16Array(this.#source, 0, dtype === "F32" ? 0 : elements);
        if (dtype === "F16") float16ToFloat32(halves, new Uint32Array(target));
        if (dtype === "BF16") bfloat16ToFloat32(halves, new Uint32Array(target));
        yield new Uint8Array(target, 0, elements * 4);
        done += length;
      }
    } finally {
      await handle.close();
    }
  }
}
