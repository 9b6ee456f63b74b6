// JSON.parse silently keeps the last of two equal keys. A checkpoint that holds
// a tensor twice is broken, so its header is also read for the keys alone.

/** The first key that an object in `json` holds twice. `json` has already gone through JSON.parse. */
export function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = []; // the enclosing objects' keys; null for an array
  let expectKey = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === "{") {
      open.push(new Set());
      expectKey = true;
    } else if (char === "[") {
      open.push(null);
      expectKey = false;
    } else if (char === "}" || char === "]") {
      open.pop();
      expectKey = false;
    } else if (char === ",") {
      expectKey = open.at(-1) !== null;
    } else if (char === '"') {
      const end = stringEnd(json, i);
      const keys = open.at(-1);
      if (expectKey && keys) {
        const key: unknown = JSON.parse(json.slice(i, end));
        if (typeof key === "string" && keys.size === keys.add(key).size) return key;
        expectKey = false;
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** One past the closing quote of the string that begins at `start`. */
function stringEnd(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i + 1;
}
