// Who may talk to whom: plain connections on loopback, mutual TLS elsewhere.
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import {
  type ChannelCredentials,
  type ChannelOptions,
  experimental,
  credentials as grpcCredentials,
  ServerCredentials,
} from "@grpc/grpc-js";
import { isLoopback, parseAddress } from "./address.js";
import { CertificateFiles, type TlsFiles } from "./certificate-files.js";

export type { TlsFiles } from "./certificate-files.js";

export interface SecuritySettings {
  /** Null: no TLS. */
  readonly tls: TlsFiles | null;
  /** Allows addresses beyond loopback without TLS. */
  readonly insecure: boolean;
}

/** Without TLS and beyond loopback anybody could read and steer a sweep. */
export class InsecureAddressError extends Error {
  override readonly name = "InsecureAddressError";
  readonly exitCode = 2;

  constructor(
    readonly address: string,
    doing: "listen on" | "connect to",
  ) {
    super(
      `will not ${doing} ${address} without TLS: it is not a loopback address. ` +
        "Give the CA, certificate and key files (`painters certs` makes them), or --insecure in a network you trust",
    );
  }
}

/** What servers and clients of this process prove themselves with. */
export interface Credentials {
  readonly isSecure: boolean;
  /** Throws InsecureAddressError. */
  forServer(address: string): ServerCredentials;
  /**
   * The peer's certificate must carry `expectedName`, else the address's host.
   * Throws InsecureAddressError.
   */
  forClient(address: string, expectedName?: string): ClientCredentials;
  /** Stops watching the files. */
  close(): void;
}

export interface ClientCredentials {
  readonly credentials: ChannelCredentials;
  readonly options: ChannelOptions;
}

/**
 * `changed` hears of every later change of the certificate files: null, or why the new files are not used.
 * Throws CertificateFilesError.
 */
export async function loadCredentials(
  { tls, insecure }: SecuritySettings,
  changed?: (problem: string | null) => void,
): Promise<Credentials> {
  return tls ? tlsCredentials(await CertificateFiles.load(tls, changed)) : plainCredentials(insecure);
}

function plainCredentials(insecure: boolean): Credentials {
  const check = (address: string, doing: "listen on" | "connect to"): void => {
    if (!insecure && !isLoopback(parseAddress(address).host)) throw new InsecureAddressError(address, doing);
  };
  return {
    isSecure: false,
    forServer(address) {
      check(address, "listen on");
      return ServerCredentials.createInsecure();
    },
    forClient(address) {
      check(address, "connect to");
      return { credentials: grpcCredentials.createInsecure(), options: {} };
    },
    close() {},
  };
}

function tlsCredentials(files: CertificateFiles): Credentials {
  return {
    isSecure: true,
    forServer: () => experimental.createCertificateProviderServerCredentials(files, files, true),
    forClient(address, expectedName) {
      const { host } = parseAddress(address);
      const name = expectedName ?? host;
      return {
        credentials: experimental.createCertificateProviderChannelCredentials(files, files, {
          checkServerIdentity: (_host, certificate) => checkName(name, certificate),
        }),
        // The name sent in clear may not be an IP address; it decides nothing, checkName does.
        options: { "grpc.ssl_target_name_override": isIP(name) ? "localhost" : name },
      };
    },
    close: () => files.close(),
  };
}

function checkName(name: string, certificate: PeerCertificate): Error | undefined {
  if (checkServerIdentity(name, certificate) === undefined) return undefined;
  const names = certificateNames(certificate).join(", ");
  return new Error(
    `its certificate is for ${names || "nobody"}, not for ${name}; issue one that names it (painters certs)`,
  );
}

/** The names a certificate was issued for. */
export function certificateNames({ subject, subjectaltname }: PeerCertificate): readonly string[] {
  const alternatives = (subjectaltname ?? "")
    .split(", ")
    .map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set([...alternatives, ...(subject?.CN ? [subject.CN].flat() : [])])];
}

/** Whether a peer whose certificate carries `names` may call itself `name`; `*.` stands for one label. */
export function carriesName(names: readonly string[], name: string): boolean {
  return names.some((pattern) =>
    pattern.startsWith("*.")
      ? name.slice(name.indexOf(".") + 1) === pattern.slice(2) && name.includes(".")
      : pattern === name,
  );
}
