// The types in proto/generated are those of painters.proto as it is now.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

async function read(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts")).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), "utf8")])),
  );
}

test("proto/generated is what `npm run proto` makes of painters.proto", async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "painters-proto-"));
  t.after(() => rm(folder, { recursive: true }));
  const { scripts } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const command: string =
    scripts.proto ??
    "proto-loader-gen-types --longs=Number --enums=String --defaults --oneofs --grpcLib=@grpc/grpc-js --importFileExtension=.js --outDir=proto/generated proto/painters.proto";
  const [program, ...args] = command.replace("--outDir=proto/generated", `--outDir=${folder}`).split(" ");
  await promisify(execFile)(path.join(root, "node_modules/.bin", program!), args, { cwd: root });
  assert.deepEqual(await read(folder), await read(path.join(root, "proto/generated")));
});
