// Whom a server talks to, as its connection proves.
import type { ServerUnaryCall } from "@grpc/grpc-js";
import { carriesName, certificateNames } from "./credentials.js";

export interface Identity {
  /** HOST:PORT of the connection's other end. */
  readonly address: string;
  /** Null without TLS: then nothing is proved. */
  readonly certificateNames: readonly string[] | null;
}

export function identityOf(
  call: Pick<ServerUnaryCall<unknown, unknown>, "getPeer" | "getAuthContext">,
): Identity {
  const { sslPeerCertificate } = call.getAuthContext();
  return {
    address: call.getPeer(),
    certificateNames: sslPeerCertificate ? certificateNames(sslPeerCertificate) : null,
  };
}

/** Null, or why the other end may not call itself `name`. */
export function whyNotNamed(identity: Identity, name: string, isSecure: boolean): string | null {
  if (!isSecure) return null;
  const names = identity.certificateNames ?? [];
  if (carriesName(names, name)) return null;
  return `its certificate is for ${names.join(", ") || "nobody"}, not for "${name}"; issue one (painters certs --worker)`;
}
