// `painters certs`: a certificate authority for a lab, and certificates for its
// coordinator, clients and workers, so that they can speak mutual TLS.
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CommandModule } from "yargs";
import type { Authority, Issued, Subject } from "./certificate-authority.js";

export interface CertsOptions {
  readonly dir: string;
  readonly worker: readonly string[];
  readonly host: readonly string[];
  readonly days: number;
  readonly force: boolean;
}

/** The folder holds a certificate already or none that can be used, or a name cannot be in one. */
export class CertsError extends Error {
  override readonly name = "CertsError";
  readonly exitCode = 2;
}

const reserved = ["ca", "coordinator", "client"];
const maxDays = 3650;

export const certsCommand: CommandModule<object, CertsOptions> = {
  command: "certs <dir>",
  describe: "Make the certificates of a cluster: a lab CA, coordinator, client and workers",
  builder: (yargs) =>
    yargs
      .positional("dir", {
        type: "string",
        demandOption: true,
        describe: "Folder of the certificates; its CA is kept",
      })
      .option("worker", {
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        describe: "Name of a worker that gets a certificate; may be repeated",
      })
      .option("host", {
        type: "string",
        array: true,
        nargs: 1,
        default: ["localhost", "127.0.0.1"],
        describe: "Host name or IP address the coordinator is dialled by; may be repeated",
      })
      .option("days", { type: "number", default: 365, describe: `How long they are valid, 1 to ${maxDays}` })
      .option("force", {
        type: "boolean",
        default: false,
        describe: "Replace certificates that are there (not the CA)",
      })
      .example("$0 certs tls --worker a --worker b", "for two workers on this machine")
      .example("$0 certs tls --host 10.0.0.7 --worker gpu-1", "a coordinator that others reach by 10.0.0.7"),
  handler: async (options) => {
    for (const line of await makeCertificates(options)) console.log(line);
  },
};

/** What was done, a line a file pair. */
export async function makeCertificates({
  dir,
  worker,
  host,
  days,
  force,
}: CertsOptions): Promise<readonly string[]> {
  checkNames(worker, host);
  if (!Number.isInteger(days) || days < 1 || days > maxDays) {
    throw new CertsError(`--days ${days} is not a whole number from 1 to ${maxDays}`);
  }
  for (const name of worker) {
    if (!force && (await exists(dir, name))) {
      throw new CertsError(`${certificateFile(dir, name)} is there already; --force replaces it`);
    }
  }
  await mkdir(dir, { recursive: true });
  const lines: string[] = [];
  const authority = await openAuthority(dir, lines);
  const subjects: readonly Subject[] = [
    { name: "coordinator", hosts: host, usages: ["server", "client"], days },
    { name: "client", hosts: [], usages: ["client"], days },
    // Without hosts: workers are checked by their names, and must not pass for the coordinator.
    ...worker.map((name) => ({ name, hosts: [], usages: ["server", "client"] as const, days })),
  ];
  const { issue } = await import("./certificate-authority.js");
  for (const subject of subjects) {
    if (!force && (await exists(dir, subject.name))) {
      lines.push(`kept    ${certificateFile(dir, subject.name)} (--force replaces it)`);
      continue;
    }
    await save(dir, subject.name, await issue(authority, subject));
    lines.push(
      `issued  ${certificateFile(dir, subject.name)} for ${[subject.name, ...subject.hosts].join(", ")}`,
    );
  }
  return lines;
}

async function openAuthority(dir: string, lines: string[]): Promise<Authority> {
  const { createAuthority, readAuthority } = await import("./certificate-authority.js");
  const file = certificateFile(dir, "ca");
  if (!(await exists(dir, "ca"))) {
    const { authority, issued } = await createAuthority();
    await save(dir, "ca", issued);
    lines.push(`made    ${file}, the CA that every process is given; keep ${keyFile(dir, "ca")} to yourself`);
    return authority;
  }
  let authority: Authority;
  try {
    authority = await readAuthority(await readFile(file, "utf8"), await readFile(keyFile(dir, "ca"), "utf8"));
  } catch (error) {
    throw new CertsError(
      `the CA ${file} with ${keyFile(dir, "ca")} cannot be used: ${(error as Error).message}; use another folder`,
      { cause: error },
    );
  }
  const { notAfter } = authority.certificate;
  if (notAfter.getTime() < Date.now()) {
    throw new CertsError(
      `the CA ${file} expired on ${notAfter.toISOString()}; use another folder and give all its files anew`,
    );
  }
  lines.push(`kept    ${file}`);
  return authority;
}

function checkNames(workers: readonly string[], hosts: readonly string[]): void {
  for (const name of workers) {
    if (!/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name)) {
      throw new CertsError(
        `"${name}" cannot be a worker's name in a certificate: up to 63 letters, digits, dots, dashes and underscores`,
      );
    }
    if (reserved.includes(name))
      throw new CertsError(`a worker cannot be named ${name}: that file is another's`);
    if (hosts.includes(name))
      throw new CertsError(`${name} is both --worker and --host; a worker could pass for the coordinator`);
  }
  const twice = workers.find((name, index) => workers.indexOf(name) !== index);
  if (twice !== undefined) throw new CertsError(`--worker ${twice} is given twice`);
  const odd = hosts.find((host) => !/^[A-Za-z0-9*:]([A-Za-z0-9._:-]*)$/.test(host));
  if (odd !== undefined)
    throw new CertsError(`"${odd}" is not a host name or IP address; give it without a port`);
}

async function exists(dir: string, name: string): Promise<boolean> {
  const found = await Promise.all(
    [certificateFile(dir, name), keyFile(dir, name)].map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

async function save(dir: string, name: string, { certificatePem, keyPem }: Issued): Promise<void> {
  await writeReplacing(keyFile(dir, name), keyPem, 0o600);
  await writeReplacing(certificateFile(dir, name), certificatePem, 0o644);
}

/** By renaming: processes that watch the file never see half of it, and the mode is right from the start. */
async function writeReplacing(file: string, text: string, mode: number): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  await writeFile(unfinished, text, { mode, flag: "wx" });
  await rename(unfinished, file);
}

function certificateFile(dir: string, name: string): string {
  return path.join(dir, `${name}.crt`);
}

function keyFile(dir: string, name: string): string {
  return path.join(dir, `${name}.key`);
}
