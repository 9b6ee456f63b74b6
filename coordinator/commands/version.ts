// Which painters this is.
import { readFileSync } from "node:fs";

export function paintersVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
