// Builds .safetensors bytes without the project's own writer, right or wrong as a test needs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export interface RawTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Length, JSON and data; `header` may be any text. */
export function rawFile(header: string | Buffer | object, data: Uint8Array = new Uint8Array()): Buffer {
  const json = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

export function safetensorsBytes(tensors: ReadonlyMap<string, RawTensor>): Buffer {
  let end = 0;
  const header = Object.fromEntries(
    [...tensors].map(([name, { dtype, shape, data }]) => {
      const begin = end;
      end += data.length;
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  return rawFile(
    { __metadata__: { format: "pt" }, ...header },
    Buffer.concat([...tensors.values()].map(({ data }) => data)),
  );
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "painters-test-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
