// `painters certs`: a certificate authority for a lab, and certificates for its
// coordinator, clients and workers, so that they can speak mutual TLS.
import { X509Certificate } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CommandModule } from "yargs";
import {
  type Authority,
  createAuthority,
  issueCertificate,
  readAuthority,
} from "../certificates/authority.js";

interface CertsArguments {
  readonly dir: string;
  readonly worker: readonly string[] | undefined;
  readonly host: readonly string[];
  readonly days: number;
  readonly force: boolean;
}

/** The folder holds a certificate already, or a name cannot be in one. */
export class CertsError extends Error {
  override readonly name = "CertsError";
  readonly exitCode = 2;
}
