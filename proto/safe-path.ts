// Paths of files that another process names: only ones that stay in the folder.
import { ProtocolError } from "./protocol-error.js";

/** `path` itself, which is relative, with `/`, and without `..`. Throws ProtocolError. */
export function safePath(path: string): string {
  const parts = path.split("/");
  const isSafe =
    parts.every((part) => part !== "" && part !== "." && part !== "..") &&
    !/[\\\0]/.test(path) &&
    !/^[A-Za-z]:/.test(path);
  if (!isSafe) {
    throw new ProtocolError("path", `is ${JSON.stringify(path)}; it must be relative and stay in its folder`);
  }
  return path;
}
