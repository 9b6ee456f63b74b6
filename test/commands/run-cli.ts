// Runs the real command as a child process, as a user's shell would, in folders of its own.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { demo } from "../../models/demo/demo.js";

const CLI = fileURLToPath(new URL("../../coordinator/cli.js", import.meta.url));

export interface CliRun {
  /** null: ended by `signal`. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliRun>;
  /** Resolves when stderr or stdout holds the text; rejects when the process ends without. */
  untilSays(text: string): Promise<void>;
}

const root = mkdtempSync(join(tmpdir(), "painters-commands-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** PAINTERS_HOME of every command that this test file starts: the demo is imported once. */
export const home = join(root, "home");
export const { checkpointDir: demoCheckpoint, dataDir: demoData } = demo;

const env = { ...process.env, PAINTERS_HOME: home };
const execute = promisify(execFile);
let folders = 0;

/** A path that nothing stands at yet. */
export function freshPath(name: string): string {
  folders++;
  return join(root, `${folders}-${name}`);
}

export function startCli(args: readonly string[]): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const ended = new Promise<CliRun>((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => resolve({ code, signal, ...said }));
  });
  const untilSays = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if ((said.stdout + said.stderr).includes(text)) resolve();
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      look();
      void ended.then((run) => reject(new Error(`ended without saying ${text}: ${JSON.stringify(run)}`)));
    });
  return { child, ended, untilSays };
}

export function runCli(...args: readonly string[]): Promise<CliRun> {
  return startCli(args).ended;
}

/** Runs a command that must succeed without a word on stderr; returns its stdout. */
export async function runWell(...args: readonly string[]): Promise<string> {
  const { code, signal, stdout, stderr } = await runCli(...args);
  if (code === 0 && stderr === "") return stdout;
  throw new Error(`painters ${args.join(" ")}: code ${code}, signal ${signal}, stderr ${stderr}`);
}

/** A first sweep, as small as can be: the demo is imported by it. */
export async function sweepOnce(): Promise<void> {
  const tiny = ["--limit", "1", "--schedule", "baseline", "--no-report"];
  await runWell("sweep", ...tiny, "--out", freshPath("first"));
}

/** Runs a shell's pipeline in which `painters` is the command; gives each part's exit code. */
export async function runPipeline(
  line: string,
): Promise<{ readonly codes: readonly number[]; readonly output: string }> {
  const script = `painters() { "${process.execPath}" "${CLI}" "$@"; }; exec 2>&1; ${line}; echo "codes \${PIPESTATUS[*]}"`;
  const { stdout: output } = await execute("bash", ["-c", script], { cwd: root, env });
  const codes = /codes ([\d ]+)\n$/.exec(output)?.[1] ?? "";
  return { codes: codes.split(" ").map(Number), output };
}

/** Every path under a folder, sorted; none where there is no folder. */
export function listTree(folder: string): readonly string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
}

export function readJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(...path), "utf8")) as T;
}
