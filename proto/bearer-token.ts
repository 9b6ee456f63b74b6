// The token that clients of the Sweeps service show when one is configured.
import { createHash, timingSafeEqual } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";

export function tokenMetadata(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

/** Null, or why a call with this metadata is refused. Takes as long for any wrong token. */
export function whyUnauthenticated(metadata: Metadata, token: string): string | null {
  const [shown] = metadata.get("authorization");
  if (typeof shown !== "string") {
    return "this coordinator wants a token; give it with --token-file or PAINTERS_TOKEN";
  }
  return timingSafeEqual(digest(shown), digest(`Bearer ${token}`))
    ? null
    : "the token is not this coordinator's; check --token-file or PAINTERS_TOKEN";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
