// A CA, a certificate and its key from files, read again when they change.
import { X509Certificate } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createSecureContext } from "node:tls";
import type { experimental } from "@grpc/grpc-js";

/** Paths of PEM files. Both sides of a link show a certificate signed by `ca`. */
export interface TlsFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The files cannot be used: missing, unreadable, not belonging together, expired. */
export class CertificateFilesError extends Error {
  override readonly name = "CertificateFilesError";
  readonly exitCode = 2;
}

interface Contents {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Files that are replaced one after another are read when they have been quiet for so long. */
const settleMs = 200;

/**
 * Gives gRPC the newest files that belong together. Replacements that do not are reported and the old ones
 * stay in use; connections that stand keep what they began with.
 */
export class CertificateFiles implements experimental.CertificateProvider {
  readonly #caListeners = new Set<experimental.CaCertificateUpdateListener>();
  readonly #identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  readonly #watchers: readonly FSWatcher[];
  #settling: NodeJS.Timeout | undefined;

  private constructor(
    readonly files: TlsFiles,
    private contents: Contents,
    private readonly changed: (problem: string | null) => void,
  ) {
    // Folders, because files are usually replaced by renaming (and by symbolic links in Kubernetes).
    const folders = new Set(Object.values(files).map((file: string) => path.dirname(path.resolve(file))));
    this.#watchers = [...folders].map((folder) => {
      const watcher = watch(folder, { persistent: false }, () => this.#settle());
      watcher.on("error", (error) => this.changed(`cannot watch ${folder}: ${error.message}`));
      return watcher;
    });
  }

  /** `changed` hears of every later reading: null, or why the new files are not used. */
  static async load(
    files: TlsFiles,
    changed: (problem: string | null) => void = () => {},
  ): Promise<CertificateFiles> {
    return new CertificateFiles(files, await readContents(files), changed);
  }

  addCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.add(listener);
    // Not from within: gRPC's server adds the listener before it listens to it.
    queueMicrotask(() => listener({ caCertificate: this.contents.ca }));
  }

  removeCaCertificateListener(listener: experimental.CaCertificateUpdateListener): void {
    this.#caListeners.delete(listener);
  }

  addIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.add(listener);
    queueMicrotask(() => listener({ certificate: this.contents.cert, privateKey: this.contents.key }));
  }

  removeIdentityCertificateListener(listener: experimental.IdentityCertificateUpdateListener): void {
    this.#identityListeners.delete(listener);
  }

  close(): void {
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#reload(), settleMs).unref();
  }

  async #reload(): Promise<void> {
    let contents: Contents;
    try {
      contents = await readContents(this.files);
    } catch (error) {
      this.changed(`${(error as Error).message}; going on with the files read before`);
      return;
    }
    if (
      Object.entries(contents).every(([file, bytes]) => bytes.equals(this.contents[file as keyof Contents]))
    ) {
      return;
    }
    this.contents = contents;
    for (const listener of this.#caListeners) listener({ caCertificate: contents.ca });
    for (const listener of this.#identityListeners) {
      listener({ certificate: contents.cert, privateKey: contents.key });
    }
    this.changed(null);
  }
}

async function readContents(files: TlsFiles): Promise<Contents> {
  const [ca, cert, key] = await Promise.all([files.ca, files.cert, files.key].map(read));
  const contents = { ca: ca!, cert: cert!, key: key! };
  try {
    createSecureContext(contents);
  } catch (error) {
    const said = error as NodeJS.ErrnoException;
    const reason =
      said.code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH" ? "the key is another certificate's" : said.message;
    throw new CertificateFilesError(
      `the TLS files ${files.ca}, ${files.cert} and ${files.key} cannot be used: ${reason}`,
      { cause: error },
    );
  }
  checkValidity(files.ca, contents.ca);
  checkValidity(files.cert, contents.cert);
  return contents;
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CertificateFilesError(`cannot read the TLS file ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function checkValidity(file: string, pem: Buffer): void {
  const { validFrom, validTo } = parse(file, pem);
  if (Date.parse(validTo) < Date.now()) {
    throw new CertificateFilesError(
      `the certificate ${file} expired on ${validTo}; issue a new one (painters certs)`,
    );
  }
  if (Date.parse(validFrom) > Date.now()) {
    throw new CertificateFilesError(
      `the certificate ${file} is valid from ${validFrom} only; check the clock`,
    );
  }
}

function parse(file: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CertificateFilesError(`${file} is not a certificate in PEM form`, { cause: error });
  }
}
