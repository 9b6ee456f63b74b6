// Python's str methods and number texts where JavaScript's differ: task
// definitions and sample files follow Python to the code point.

/** What str.strip() strips: JavaScript's trim() lacks U+001C-001F and U+0085 and adds U+FEFF. */
const WHITESPACE: ReadonlySet<number> = new Set([
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002,
  0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);

/** str.strip() */
export function strip(text: string): string {
  const stripped = rstrip(text);
  let start = 0;
  while (start < stripped.length && WHITESPACE.has(stripped.charCodeAt(start))) start++;
  return stripped.slice(start);
}

/** str.rstrip() */
export function rstrip(text: string): string {
  let end = text.length;
  while (end > 0 && WHITESPACE.has(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** str.capitalize(): the first code point in title case, all the rest in lower case. */
export function capitalize(text: string): string {
  const first = text.codePointAt(0);
  if (first === undefined) return "";
  const head = String.fromCodePoint(first);
  // The whole text is lowered, so that a final sigma sees the letter before it.
  return titleCase(head) + text.toLowerCase().slice(head.toLowerCase().length);
}

/** len(str) */
export function codePointCount(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    if (isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1))) count--;
  }
  return count;
}

/** repr(float): the same digits as JavaScript's, other rules for ".0" and exponents. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent >= 0) {
    const plain = String(value);
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  const sign = value < 0 ? "-" : "";
  return `${sign}0.${"0".repeat(-exponent - 1)}${mantissa.replace(/[-.]/g, "")}`;
}

/** str(bool) */
export function boolStr(value: boolean): string {
  return value ? "True" : "False";
}

/** Dz, Lj and Nj: upper, title and lower case of each are three code points in a row. */
const DIGRAPH_TITLES: readonly number[] = [0x1c5, 0x1c8, 0x1cb, 0x1f2];
const SUBSCRIPT_IOTA = "\u0345";

/** The title case of one code point: its upper case, but for digraphs, ligatures, iota subscripts and Georgian. */
function titleCase(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const digraph = DIGRAPH_TITLES.find((title) => Math.abs(code - title) <= 1);
  if (digraph !== undefined) return String.fromCodePoint(digraph);
  if (code >= 0x10d0 && code <= 0x10ff) return letter;
  const upper = letter.toUpperCase();
  if (upper.length <= letter.length) return upper;
  if (upper.endsWith("\u0399") && code >= 0x1f80 && code <= 0x1ffc) {
    const titled = upper.slice(0, -1) + SUBSCRIPT_IOTA;
    // A perispomeni (U+0342) stays between letter and iota, where composing would move it.
    return titled.includes("\u0342") ? titled : titled.normalize("NFC");
  }
  // Ligatures (U+FB01 -> Fi) and sharp s; the n preceded by an apostrophe is all capital.
  const [first = "", ...rest] = upper;
  return code === 0x149 ? upper : first + rest.join("").toLowerCase();
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
