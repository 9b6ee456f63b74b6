// A call or stream ended otherwise than asked for: gRPC's status, said so that a
// person understands it.
import { type StatusObject, status } from "@grpc/grpc-js";

/** The names gRPC gives its status codes. */
export type StatusName = keyof typeof status;

/** Asking again the same way cannot help. */
const permanent: readonly StatusName[] = [
  "FAILED_PRECONDITION",
  "INVALID_ARGUMENT",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "NOT_FOUND",
  "ABORTED",
  "UNIMPLEMENTED",
];
const wrongRequest: readonly StatusName[] = ["INVALID_ARGUMENT", "NOT_FOUND", "UNAUTHENTICATED"];

/** Thrown when a link cannot be opened or breaks, and when a call fails. */
export class LinkError extends Error {
  override readonly name = "LinkError";

  constructor(
    readonly code: StatusName,
    readonly address: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get isPermanent(): boolean {
    return permanent.includes(this.code);
  }

  get exitCode(): 1 | 2 {
    return wrongRequest.includes(this.code) ? 2 : 1;
  }
}

/** `peer` is whom we called, as in `the coordinator`; `doing` is what failed, as in `cannot reach`. */
export function linkError(
  peer: string,
  address: string,
  ended: Pick<StatusObject, "code" | "details">,
  doing = "cannot reach",
): LinkError {
  const code = statusName(ended.code);
  switch (code) {
    case "OK":
      return new LinkError("UNAVAILABLE", address, `${peer} at ${address} ended the stream`);
    case "UNAVAILABLE":
    case "CANCELLED":
    case "DEADLINE_EXCEEDED":
      return new LinkError(code, address, `${doing} ${peer} at ${address}: ${explain(ended.details)}`);
    default:
      return new LinkError(code, address, `${peer} at ${address}: ${ended.details}`);
  }
}

export function statusName(code: number): StatusName {
  const name = Object.keys(status).find((key) => status[key as StatusName] === code);
  return (name ?? "UNKNOWN") as StatusName;
}

const explanations: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "connection refused: nothing listens there"],
  [/ENOTFOUND|Name resolution failed|EAI_AGAIN/i, "the host name does not resolve"],
  [/EHOSTUNREACH|ENETUNREACH/, "there is no route to that host"],
  [
    /certificate has expired|CERT_HAS_EXPIRED/i,
    "its certificate has expired; issue a new one (painters certs)",
  ],
  [
    /alert certificate expired/i,
    "it refused our certificate, which has expired; issue a new one (painters certs)",
  ],
  [/certificate is not yet valid/i, "its certificate is not valid yet; compare the clocks"],
  [
    /alert (unknown ca|bad certificate|certificate unknown)|decrypt error/i,
    "it refused our certificate: it was not signed by the CA it trusts",
  ],
  [/certificate required/i, "it wants a certificate of ours; give the TLS files"],
  [
    /self.signed certificate|unable to (get|verify)|SELF_SIGNED_CERT|UNABLE_TO|certificate signature failure/i,
    "its certificate was not signed by our CA; both sides must use the same ca.crt",
  ],
  [
    /wrong version number|EPROTO.*packet length/i,
    "it does not speak TLS; one side has TLS files and the other has none",
  ],
  [
    /^Failed to connect$|^socket hang up$|disconnected before secure/,
    "the connection was cut while it was made: one side may have TLS files and the other none, or not trust the " +
      "other's CA; its log may say more",
  ],
];

/** What gRPC and TLS say, in words that tell what to do. The original follows in brackets. */
export function explain(details: string): string {
  const reason = details
    .replace(/^No connection established\. Last error: /, "")
    .replace(/^Error: /, "")
    .replace(/\.? ?Resolution note:.*$/, "")
    .replace(/ \(\d{4}-[^)]*\)$/, "")
    // OpenSSL: thread, code, library, function, reason, file, line.
    .replace(/^[0-9A-F]+:error:[^:]*:[^:]*:[^:]*:([^:]+):[\s\S]*$/, "$1");
  const known = explanations.find(([pattern]) => pattern.test(reason));
  return known ? `${known[1]} (${reason})` : reason;
}
