// What lm-evaluation-harness calls its folders and files, so that its readers find ours
// (section 9.1 of the parity notes): <model_name_sanitized>/results_<date_id>.json.
import { createHash } from "node:crypto";

/** File systems allow 255 bytes; the rest is room for the hash and for temporary names. */
const FOLDER_BYTES = 160;

export function harnessModelName(model: string, schedule: string): string {
  return `${model},schedule=${schedule}`;
}

/**
 * A model name as a folder: the harness's sanitiser, no control characters, and a limit to its length. A name that
 * this changes ends in a hash of the whole, as does one that looks as if it did: two names never share a folder.
 */
export function sanitiseModelName(name: string): string {
  const harness = name.replace(/["<>:/|\\?*[\]]+/g, "__");
  const safe = cut(harness.replace(/\p{C}+/gu, "__"), FOLDER_BYTES);
  if (safe === name && !/-[0-9a-f]{10}$/.test(name)) return name;
  return `${safe}-${createHash("sha256").update(name).digest("hex").slice(0, 10)}`;
}

/** Python's local isoformat() with ":" as "-"; readers compare it as text to find the newest. */
export function dateId(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}-${two(date.getMinutes())}-${two(date.getSeconds())}`;
  return `${day}T${time}.${String(date.getMilliseconds()).padStart(3, "0")}000`;
}

export function resultsFileName(id: string): string {
  return `results_${id}.json`;
}

export function samplesFileName(task: string, id: string): string {
  return `samples_${task}_${id}.jsonl`;
}

/** Whether a file is one of the harness layout, of another date than this. */
export function isOtherDate(fileName: string, id: string): boolean {
  const date = /^(?:results|samples)_(?:.*_)?(\d{4}-\d{2}-\d{2}T[\d.-]+)\.jsonl?$/.exec(fileName)?.[1];
  return date !== undefined && date !== id;
}

function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let kept = "";
  let length = 0;
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept += character;
  }
  return kept;
}
