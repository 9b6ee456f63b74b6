// Captured hidden states -> one safetensors file. All sizes are known before, so every
// tensor has its place and is written there when it comes, in any order.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { layoutFloat32 } from "../../models/checkpoint/safetensors-writer.js";

export const captureFileName = "states.safetensors";

export interface CapturedTensor {
  readonly name: string;
  /** [tokens, hidden] */
  readonly shape: readonly number[];
}

export class CaptureWriteError extends Error {
  override readonly name = "CaptureWriteError";
  readonly exitCode = 1;
}

/** Whole or absent: it goes by its name once it is finished. */
export class CaptureFile {
  readonly file: string;
  readonly #temporary: string;
  readonly #fd: number;
  #isOpen = true;
  readonly #offsets: ReadonlyMap<string, number>;
  readonly bytes: number;

  /** @throws CaptureWriteError */
  constructor(
    folder: string,
    tensors: readonly CapturedTensor[],
    metadata: Readonly<Record<string, string>>,
  ) {
    this.file = path.join(folder, captureFileName);
    this.#temporary = path.join(folder, `.${captureFileName}.${process.pid}.tmp`);
    const { header, entries, fileBytes } = layoutFloat32(this.file, tensors, metadata);
    this.bytes = fileBytes;
    this.#offsets = new Map(entries.map(({ name, offset }) => [name, offset]));
    this.#fd = this.#try(() => openSync(this.#temporary, "w"));
    this.#writeAt(header, 0);
  }

  /** @param values float32, little-endian: all of the tensor */
  write(name: string, values: Uint8Array): void {
    this.#writeAt(values, this.#offsets.get(name)!);
  }

  finish(): void {
    this.#try(() => {
      fsyncSync(this.#fd);
      this.#close();
      renameSync(this.#temporary, this.file);
    });
  }

  discard(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }

  #writeAt(bytes: Uint8Array, offset: number): void {
    this.#try(() => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
    });
  }

  #try<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw new CaptureWriteError(
        `cannot write ${this.file}: ${(error as Error).message}; make room, capture less, or name another folder with --out`,
        { cause: error },
      );
    }
  }
}
