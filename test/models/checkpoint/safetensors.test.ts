import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  parseSafetensorsHeader,
  readSafetensorsHeader,
  readTensor,
} from "../../../models/checkpoint/safetensors.js";
import { SafetensorsError } from "../../../models/checkpoint/safetensors-error.js";
import { layoutFloat32, writeSafetensors } from "../../../models/checkpoint/safetensors-writer.js";
import { rawFile, safetensorsBytes, temporaryFolder } from "./raw-safetensors.js";

/** Two float32 tensors of four bytes each; `changes` replace entries of the header. */
function twoTensors(changes: object = {}): Buffer {
  const header = {
    a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
    b: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
    ...changes,
  };
  return rawFile(header, new Uint8Array(8));
}

const entry = (begin: number, end: number, shape = [1], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const BROKEN: readonly [what: string, bytes: Buffer, expected: RegExp][] = [
  ["an empty file", Buffer.alloc(0), /has 0 bytes; even an empty safetensors file has 10/],
  ["a file of seven bytes", Buffer.alloc(7), /has 7 bytes/],
  [
    "a header beyond the end",
    twoTensors().subarray(0, 40),
    /is truncated: its header should end at byte \d+, the file has 40/,
  ],
  [
    "an absurd header length",
    Buffer.alloc(64, 0xff),
    /header has 18446744073709551615 bytes, the format allows 100000000/,
  ],
  [
    "a Git LFS pointer",
    Buffer.from("version https://git-lfs.github.com/spec/v1\n"),
    /Git LFS pointer.*git lfs pull/,
  ],
  ["a header that is not JSON", rawFile("{not json}"), /header is not JSON/],
  ["a header that is not UTF-8", rawFile(Buffer.from([0x7b, 0xff, 0x7d])), /header is not JSON/],
  ["a header that is a list", rawFile("[1,2]"), /header is \[1,2\], not a JSON object/],
  ["a header that is null", rawFile("null"), /header is null, not a JSON object/],
  ["an entry that is a number", twoTensors({ b: 3 }), /tensor b: its entry is 3, not an object/],
  [
    "an unknown dtype",
    twoTensors({ b: entry(4, 8, [1], "Q4_0") }),
    /tensor b: dtype "Q4_0" is not one of BOOL, U8/,
  ],
  ["a missing dtype", twoTensors({ b: { shape: [1], data_offsets: [4, 8] } }), /tensor b: dtype \(missing\)/],
  ["a dtype from the prototype", twoTensors({ b: entry(4, 8, [1], "toString") }), /dtype "toString"/],
  [
    "a shape that is text",
    twoTensors({ b: { ...entry(4, 8), shape: "1" } }),
    /tensor b: shape "1" is not a list/,
  ],
  ["a negative size", twoTensors({ b: entry(4, 8, [-1]) }), /tensor b: shape \[-1\] is not a list of sizes/],
  ["a fractional size", twoTensors({ b: entry(4, 8, [1.5]) }), /tensor b: shape \[1.5\]/],
  [
    "one offset",
    twoTensors({ b: { ...entry(4, 8), data_offsets: [4] } }),
    /tensor b: data_offsets \[4\] are not two byte offsets/,
  ],
  ["negative offsets", twoTensors({ a: entry(-4, 0) }), /tensor a: data_offsets \[-4,0\] are not two byte/],
  [
    "reversed offsets",
    twoTensors({ b: entry(8, 4) }),
    /tensor b: data_offsets \[8,4\] end before they begin/,
  ],
  [
    "offsets beyond the file",
    twoTensors({ b: entry(4, 400, [99]) }),
    /tensor b: its data ends at byte \d+, the file has \d+; it is truncated/,
  ],
  [
    "a shape that does not fill its bytes",
    twoTensors({ b: entry(4, 8, [2]) }),
    /tensor b: data_offsets \[4,8\] span 4 bytes, F32 of shape \[2\] needs 8/,
  ],
  [
    "a shape beyond all numbers",
    twoTensors({ b: entry(4, 8, [2 ** 52, 2 ** 52, 0, 2 ** 52]) }),
    /span 4 bytes/,
  ],
  [
    "overlapping tensors",
    twoTensors({ b: entry(0, 4) }),
    /tensors a and b overlap: .* ends at data byte 4.* begins at 0/,
  ],
  [
    "a gap between tensors",
    twoTensors({ a: entry(0, 0, [0]) }),
    /data bytes 0\.\.4, between a and b, belong to no tensor/,
  ],
  [
    "a gap before the first tensor",
    twoTensors({ a: undefined }),
    /data bytes 0\.\.4, between the header and b/,
  ],
  [
    "bytes after the last tensor",
    twoTensors({ b: undefined }),
    /its tensors end at byte \d+; the rest belongs to no/,
  ],
  [
    "a tensor twice",
    rawFile(
      `{"a":${JSON.stringify(entry(0, 4))},"\\u0061":${JSON.stringify(entry(4, 8))}}`,
      new Uint8Array(8),
    ),
    /header holds "a" twice/,
  ],
  [
    "a field twice",
    rawFile('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4)),
    /header holds "dtype" twice/,
  ],
];

for (const [what, bytes, expected] of BROKEN) {
  test(`readSafetensorsHeader() refuses ${what}`, async (t) => {
    const file = join(await temporaryFolder(t), "model.safetensors");
    await writeFile(file, bytes);
    await assert.rejects(readSafetensorsHeader(file), (error) => {
      assert.ok(error instanceof SafetensorsError);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, expected);
      assert.ok(error.message.startsWith(`${file}: `));
      return true;
    });
  });
}

test("readSafetensorsHeader() refuses a missing file and a folder, with the cause", async (t) => {
  const dir = await temporaryFolder(t);
  await assert.rejects(readSafetensorsHeader(join(dir, "none")), (error) => {
    assert.ok(error instanceof SafetensorsError && error.cause instanceof Error);
    assert.match(error.message, /none: does not exist/);
    return true;
  });
  await assert.rejects(readSafetensorsHeader(dir), {
    name: "SafetensorsError",
    message: /cannot be read: .*EISDIR/,
  });
});

test("readSafetensorsHeader() reads entries in any order, empty tensors, scalars and metadata", async (t) => {
  const file = join(await temporaryFolder(t), "model.safetensors");
  const header = {
    late: entry(4, 8, [2], "F16"),
    __metadata__: { format: "pt" },
    scalar: entry(0, 4, []),
    empty: entry(4, 4, [0, 3]),
    __proto: entry(8, 9, [2], "F4"),
  };
  await writeFile(
    file,
    rawFile(
      header,
      Uint8Array.from({ length: 9 }, (_, i) => i),
    ),
  );
  const entries = await readSafetensorsHeader(file);
  assert.deepEqual([...entries.keys()].sort(), ["__proto", "empty", "late", "scalar"]);
  assert.deepEqual([...(await readTensor(entries.get("late")!))], [4, 5, 6, 7]);
  assert.equal((await readTensor(entries.get("empty")!)).length, 0);
});

test("readTensor() says so when the file was cut after its header was read", async (t) => {
  const file = join(await temporaryFolder(t), "model.safetensors");
  await writeFile(file, twoTensors());
  const entries = await readSafetensorsHeader(file);
  await truncate(file, entries.get("b")!.offset + 1);
  await assert.rejects(readTensor(entries.get("b")!), {
    name: "SafetensorsError",
    message: /ends at byte \d+ while/,
  });
});

test("parseSafetensorsHeader() answers random bytes with its own error or not at all", () => {
  const structured = fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text));
  const almost = fc
    .dictionary(
      fc.string(),
      fc.record({
        dtype: fc.constantFrom("F32", "F16", "X", "F4"),
        shape: fc.array(fc.oneof(fc.nat(9), fc.double(), fc.maxSafeInteger()), { maxLength: 4 }),
        data_offsets: fc.array(fc.oneof(fc.nat(64), fc.integer()), { maxLength: 3 }),
      }),
    )
    .map((header) => Buffer.from(JSON.stringify(header)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), structured, almost), fc.nat(200), (header, dataBytes) => {
      try {
        parseSafetensorsHeader("file", header, 8 + header.length + dataBytes);
      } catch (error) {
        assert.ok(error instanceof SafetensorsError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("parseSafetensorsHeader() survives a header nested a million deep", () => {
  const deep = Buffer.from(`{"a":{"dtype":${"[".repeat(1e6)}${"]".repeat(1e6)}}}`);
  assert.throws(() => parseSafetensorsHeader("file", deep, deep.length + 8), SafetensorsError);
});

test("a cut or changed byte of a valid header never goes unnoticed as another crash", () => {
  const whole = safetensorsBytes(new Map([["x", { dtype: "BF16", shape: [2, 2], data: new Uint8Array(8) }]]));
  const header = whole.subarray(8, whole.length - 8);
  fc.assert(
    fc.property(fc.nat(header.length - 1), fc.nat(255), (at, byte) => {
      const changed = Uint8Array.from(header);
      changed[at] = byte;
      try {
        parseSafetensorsHeader("file", changed, whole.length);
      } catch (error) {
        assert.ok(error instanceof SafetensorsError, String(error));
      }
    }),
  );
});

const shapes = fc.uniqueArray(
  fc.record({ name: fc.string(), shape: fc.array(fc.nat(5), { maxLength: 3 }) }),
  { selector: ({ name }) => name, maxLength: 8 },
);

test("layoutFloat32() writes what parseSafetensorsHeader() reads, data aligned to 64 bytes", () => {
  fc.assert(
    fc.property(shapes, (tensors) => {
      fc.pre(tensors.every(({ name }) => name !== "__metadata__"));
      const { header, entries, fileBytes } = layoutFloat32("file", tensors);
      assert.equal(header.length % 64, 0);
      const read = parseSafetensorsHeader("file", header.subarray(8), fileBytes);
      assert.deepEqual(new Map(entries.map((each) => [each.name, each])), read);
    }),
  );
});

test("writeSafetensors() returns the sha256 of what it wrote and never overwrites", async (t) => {
  const file = join(await temporaryFolder(t), "weights.safetensors");
  const layout = layoutFloat32(file, [{ name: "a", shape: [3] }]);
  const chunks = async function* () {
    yield new Uint8Array([1, 2, 3, 4, 5]);
    yield new Uint8Array([6, 7, 8, 9, 10, 11, 12]);
  };
  const sha256 = await writeSafetensors(file, layout, chunks());
  const bytes = await readFile(file);
  assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
  const tensor = await readTensor((await readSafetensorsHeader(file)).get("a")!);
  assert.deepEqual([...tensor], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  await assert.rejects(writeSafetensors(file, layout, chunks()), { code: "EEXIST" });
});

test("writeSafetensors() refuses data that does not fill its layout", async (t) => {
  const file = join(await temporaryFolder(t), "weights.safetensors");
  const layout = layoutFloat32(file, [{ name: "a", shape: [3] }]);
  const chunks = async function* () {
    yield new Uint8Array(8);
  };
  await assert.rejects(writeSafetensors(file, layout, chunks()), {
    message: /72 bytes were written where its layout has 76/,
  });
});
