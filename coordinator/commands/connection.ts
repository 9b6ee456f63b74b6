// The flags by which a command reaches a coordinator or shows who it is: address,
// TLS files, token. The same names on every command.
import { readFile } from "node:fs/promises";
import type { Argv } from "yargs";
import type { Credentials } from "../../proto/credentials.js";
import type { SweepsClient } from "../../proto/sweeps-client.js";

export interface SecurityFlags {
  readonly "tls-ca": string | undefined;
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
  readonly insecure: boolean | undefined;
  readonly "token-file": string | undefined;
}

/** Without a coordinator they say nothing. */
export const securityFlagNames: readonly (keyof SecurityFlags)[] = [
  "tls-ca",
  "tls-cert",
  "tls-key",
  "insecure",
  "token-file",
];

export interface ConnectionFlags extends SecurityFlags {
  readonly coordinator: string | undefined;
}

/** How to reach one coordinator. */
export interface Connection {
  /** HOST:PORT. */
  readonly address: string;
  readonly credentials: Credentials;
  readonly token: string | undefined;
}

export class ConnectionFlagsError extends Error {
  override readonly name = "ConnectionFlagsError";
  readonly exitCode = 2;
}

/** Throws if one of the flags was given. */
export function refuseFlags(
  argv: Readonly<Record<string, unknown>>,
  names: readonly string[],
  why: string,
): void {
  const given = names.find((name) => argv[name] !== undefined);
  if (given !== undefined) throw new ConnectionFlagsError(`--${given} ${why}`);
}

export function addSecurityFlags<T>(yargs: Argv<T>) {
  return yargs
    .option("token-file", {
      type: "string",
      requiresArg: true,
      describe: "File with the token that clients must show [default: $PAINTERS_TOKEN, if set]",
    })
    .option("tls-ca", {
      type: "string",
      requiresArg: true,
      describe: "CA certificate file; with --tls-cert and --tls-key: mutual TLS (`painters certs`)",
    })
    .option("tls-cert", { type: "string", requiresArg: true, describe: "Own certificate file" })
    .option("tls-key", { type: "string", requiresArg: true, describe: "Own key file" })
    .option("insecure", { type: "boolean", describe: "Allow addresses beyond loopback without TLS" });
}

export function addConnectionFlags<T>(yargs: Argv<T>) {
  return addSecurityFlags(
    yargs.option("coordinator", {
      type: "string",
      requiresArg: true,
      describe: "HOST:PORT of the coordinator",
    }),
  );
}

/** @param changed hears of later changes of the certificate files */
export async function readSecurity(
  flags: SecurityFlags,
  changed?: (problem: string | null) => void,
): Promise<Omit<Connection, "address">> {
  const { "tls-ca": ca, "tls-cert": cert, "tls-key": key } = flags;
  const given = [ca, cert, key].filter((file) => file !== undefined);
  if (given.length % 3 !== 0) {
    throw new ConnectionFlagsError("--tls-ca, --tls-cert and --tls-key go together");
  }
  const tls = ca !== undefined && cert !== undefined && key !== undefined ? { ca, cert, key } : null;
  const token = await readToken(flags["token-file"]);
  const { loadCredentials } = await import("../../proto/credentials.js");
  return { credentials: await loadCredentials({ tls, insecure: flags.insecure ?? false }, changed), token };
}

export async function readConnection(flags: ConnectionFlags): Promise<Connection> {
  if (flags.coordinator === undefined) {
    throw new ConnectionFlagsError(
      "--coordinator is missing: give the HOST:PORT that `painters coordinator` says it listens on",
    );
  }
  const { parseAddress } = await import("../../proto/address.js");
  parseAddress(flags.coordinator);
  return { address: flags.coordinator, ...(await readSecurity(flags)) };
}

/** A client for the time of some work. */
export async function withSweeps<T>(
  { address, credentials, token }: Connection,
  work: (client: SweepsClient) => Promise<T>,
): Promise<T> {
  const { connectSweeps } = await import("../../proto/sweeps-client.js");
  const client = connectSweeps({ address, credentials, token });
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** Flags that repeat a connection on another command line. */
export function connectionWords(flags: ConnectionFlags): string {
  const names = ["coordinator", "token-file", "tls-ca", "tls-cert", "tls-key"] as const;
  const given = names.flatMap((name) => (flags[name] === undefined ? [] : [`--${name} ${flags[name]}`]));
  return [...given, ...(flags.insecure ? ["--insecure"] : [])].join(" ");
}

async function readToken(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return process.env.PAINTERS_TOKEN || undefined;
  let token: string;
  try {
    token = (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new ConnectionFlagsError(`--token-file ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ConnectionFlagsError(`--token-file ${file} must hold one word of visible ASCII characters`);
  }
  return token;
}
