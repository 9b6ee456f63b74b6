// Python's text functions against what CPython gives (test/oracle/suites/make_python_text.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  boolStr,
  capitalize,
  codePointCount,
  floatRepr,
  rstrip,
  strip,
} from "../../coordinator/suites/python-text.js";

interface Fixture {
  readonly whitespace: readonly number[];
  readonly capitalized: Readonly<Record<string, string>>;
  readonly sigmas: Readonly<Record<string, string>>;
  readonly floats: Readonly<Record<string, string>>;
}

const file = new URL("../../../test/testdata/suites/python-text.json", import.meta.url);
const fixture: Fixture = JSON.parse(readFileSync(file, "utf8"));

test("strip() strips exactly Python's whitespace", () => {
  const stripped: number[] = [];
  for (let code = 0; code < 0x10000; code++) {
    const letter = String.fromCharCode(code);
    if (strip(letter) === "") stripped.push(code);
  }
  assert.deepEqual(stripped, fixture.whitespace);
});

test("strip() and rstrip() leave whitespace inside", () => {
  assert.equal(strip("\u001c a\u0085b \u3000\n"), "a\u0085b");
  assert.equal(rstrip(" a b\u0085\t"), " a b");
  assert.equal(strip("\ufeffa\ufeff"), "\ufeffa\ufeff");
  assert.equal(strip(" \n "), "");
});

test("capitalize() agrees with Python on every letter", () => {
  for (const [letter, expected] of Object.entries(fixture.capitalized)) {
    assert.equal(capitalize(letter + letter), expected, `U+${letter.codePointAt(0)?.toString(16)}`);
  }
});

test("capitalize() changes no code point Python leaves alone (first two planes)", () => {
  // Letters whose other case came after Unicode 14, Python 3.11's.
  const later = new Set([0x19b, 0x264, 0x1c89, 0x1c8a]);
  for (let code = 0; code < 0x20000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    const newer = later.has(code) || (code >= 0xa7c0 && code < 0xa7f0) || (code >= 0x10d50 && code < 0x10d90);
    if (newer || (code >= 0x16ea0 && code < 0x16ee0) || fixture.capitalized[letter] !== undefined) continue;
    assert.equal(capitalize(letter + letter), letter + letter, `U+${code.toString(16)}`);
  }
});

test("capitalize() writes a final sigma where Python does", () => {
  for (const [text, expected] of Object.entries(fixture.sigmas))
    assert.equal(capitalize(text), expected, text);
});

test("capitalize() lowers the rest of a sentence", () => {
  assert.equal(capitalize("she looks at NASA TV."), "She looks at nasa tv.");
  assert.equal(capitalize(""), "");
  assert.equal(capitalize("ßA"), "Ssa");
  assert.equal(capitalize("ﬁX"), "Fix");
});

test("floatRepr() writes every double as Python's repr", () => {
  for (const [bits, expected] of Object.entries(fixture.floats)) {
    assert.equal(floatRepr(Buffer.from(bits, "hex").readDoubleBE()), expected);
  }
  assert.equal(floatRepr(Number.NaN), "nan");
});

test("boolStr() writes True and False", () => {
  assert.deepEqual([boolStr(true), boolStr(false)], ["True", "False"]);
});

test("codePointCount() counts surrogate pairs once and lone surrogates too", () => {
  for (const text of ["", "a", "𝒳", "a𝒳b", "\ud835", "\udcb3\ud835", "𝒳𝒳", "\ud835𝒳"]) {
    assert.equal(codePointCount(text), [...text].length, JSON.stringify(text));
  }
});
