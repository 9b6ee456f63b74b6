// Where things are kept when the user names no place.
import os from "node:os";
import path from "node:path";

/** $PAINTERS_HOME, else the user's cache folder. */
function homeDir(): string {
  const { PAINTERS_HOME, XDG_CACHE_HOME } = process.env;
  return PAINTERS_HOME ?? path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "painters");
}

export function defaultStoreDir(): string {
  return path.join(homeDir(), "models");
}
