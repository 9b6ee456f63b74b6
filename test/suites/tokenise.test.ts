// Token ids of requests against lm-evaluation-harness's own Hugging Face model
// class (test/oracle/suites/make_tokens.py), with tokenizers that do and do not add BOS.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import type { Harness } from "../../coordinator/suites/task.js";
import { type Encoder, tokeniseRequests, UnscorableRequestError } from "../../coordinator/suites/tokenise.js";
import { loadTokenizer } from "../../models/tokenizer.js";

interface Case {
  readonly tokenizer: string;
  readonly harness: Harness;
  readonly max_length: number;
  readonly request: readonly [string, string];
  /** Input and continuation; null: the harness's assertions fail. */
  readonly tokens: readonly [readonly number[], readonly number[]] | null;
}

const testdata = new URL("../../../test/testdata/suites/", import.meta.url);
const fixture: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("harness-tokens.json", testdata), "utf8"),
);

for (const name of ["llama-like", "neox-like"]) {
  const encoder: Encoder = loadTokenizer(fileURLToPath(new URL(name, testdata)));
  for (const harness of ["262f879", "current"] as const) {
    test(`tokeniseRequests() feeds a ${name} model what harness ${harness} does`, () => {
      const cases = fixture.cases.filter((one) => one.tokenizer === name && one.harness === harness);
      assert.ok(cases.length > 30);
      for (const { request, max_length: maxLength, tokens } of cases) {
        const [context, continuation] = request;
        const tokenise = () => tokeniseRequests([{ context, continuation }], encoder, { harness, maxLength });
        if (tokens === null) {
          assert.throws(tokenise, UnscorableRequestError);
        } else {
          assert.deepEqual(
            tokenise(),
            [{ input: tokens[0], continuation: tokens[1] }],
            `${JSON.stringify(request)} at ${maxLength}`,
          );
        }
      }
    });
  }
}

/** A token a letter; 1 is BOS. */
const letters: Encoder = {
  continuesWord: () => false,
  encode: (text, { addSpecialTokens }) => [
    ...(addSpecialTokens ? [1] : []),
    ...Array.from(text, (letter) => letter.codePointAt(0) ?? 0),
  ],
  bosToken: "<s>",
  bosId: 1,
  eosToken: "</s>",
  eosId: 2,
};

test("tokeniseRequests() scores a continuation that begins with BOS whole at 262f879", () => {
  const starting: Encoder = { ...letters, encode: () => [1, 65] };
  const request = { context: "", continuation: "<s>A" };
  const options = { maxLength: 9 };
  assert.deepEqual(tokeniseRequests([request], starting, { ...options, harness: "262f879" }), [
    { input: [1, 1], continuation: [1, 65] },
  ]);
  assert.deepEqual(tokeniseRequests([request], starting, { ...options, harness: "current" }), [
    { input: [1], continuation: [65] },
  ]);
});

test("tokeniseRequests() cuts on the left, and keeps the last token out of the input", () => {
  const [request] = tokeniseRequests([{ context: "abcdef", continuation: "gh" }], letters, {
    harness: "262f879",
    maxLength: 3,
  });
  assert.deepEqual(
    request?.input,
    ["e", "f", "g"].map((letter) => letter.charCodeAt(0)),
  );
});

test("tokeniseRequests() says why it cannot score", () => {
  const tokenise = (context: string, continuation: string, encoder: Encoder = letters) =>
    tokeniseRequests([{ context, continuation }], encoder, { harness: "262f879", maxLength: 3 });
  assert.throws(() => tokenise(" \n", "a"), /context has no tokens/);
  assert.throws(() => tokenise("a", ""), /continuation has no tokens/);
  assert.throws(() => tokenise("a", "bcde"), /continuation has 4 tokens, the model takes 3/);
  assert.throws(() => tokenise("", "a", { ...letters, bosId: null, eosId: null }), /neither BOS nor EOS/);
});
