// Folders that vanish with the test that asked for them, one kind of them on a tiny disk of its own.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "painters-results-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder on a disk of so many KiB; null, with the test marked as skipped, where mounting is not permitted. */
export function tinyDisk(test: TestContext, kib: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), "painters-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    rmSync(folder, { recursive: true });
    test.skip(`mounting a tmpfs is not permitted here: ${String(error).split("\n")[0]}`);
    return null;
  }
  test.after(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
