// What a coordinator says of a generation: pieces that make up the text, the newest state only, in its turn.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GenerateOptionsError, parseGenerateRequest } from "../../coordinator/commands/generate-request.js";
import { Line } from "../../coordinator/commands/line.js";
import { NewsFeed } from "../../coordinator/commands/news-feed.js";
import { pieceBetween, withPiece } from "../../coordinator/commands/text-piece.js";
import { Wake } from "../../coordinator/commands/wake.js";

const never = new AbortController().signal;

/** Texts that often begin alike, with pairs of surrogates and half characters. */
const growing = fc
  .array(fc.constantFrom("a", "é", "\u{1f941}", "\u{1f942}", "\ufffd", " drum"), { maxLength: 6 })
  .map((parts) => parts.join(""));

test("withPiece() makes of the text before the text after, in pieces that UTF-8 can carry", () => {
  fc.assert(
    fc.property(fc.array(growing, { minLength: 1 }), (states) => {
      let told = "";
      for (const state of states) {
        const piece = pieceBetween(told, state);
        assert.equal(Buffer.from(piece.added, "utf8").toString("utf8"), piece.added);
        told = withPiece(told, piece);
        assert.equal(told, state);
      }
    }),
  );
  assert.deepEqual(pieceBetween("the drum", "the drums"), { kept: 8, added: "s" });
  assert.deepEqual(pieceBetween("a\u{1f941}", "a\u{1f942}"), { kept: 1, added: "\u{1f942}" });
});

test("NewsFeed says what is new, of a text the newest state only, and all of it before it ends", async () => {
  const feed = new NewsFeed();
  const news = feed.news();
  const soFar = { schedule: 0, prompt: 1, tokens: [7], isOver: false };
  const piece = { kind: "piece", schedule: 0, prompt: 1, isOver: false, tokens: [] };
  const first = news.next();
  feed.waits("waits for sweep-1");
  assert.deepEqual((await first).value, { kind: "waits", reason: "waits for sweep-1" });
  feed.waits("waits for sweep-2");
  feed.waits("");
  feed.starts("demo", ["baseline"]);
  feed.came({ ...soFar, text: "\ufffd" });
  assert.deepEqual((await news.next()).value, { kind: "start", model: "demo", schedules: ["baseline"] });
  assert.deepEqual((await news.next()).value, { kind: "waits", reason: "" });
  assert.deepEqual((await news.next()).value, { ...piece, kept: 0, added: "\ufffd" });
  feed.came({ ...soFar, text: "é d" });
  feed.came({ ...soFar, text: "é drum" });
  feed.came({ ...soFar, prompt: 0, text: "x" });
  assert.deepEqual((await news.next()).value, { ...piece, kept: 0, added: "é drum" });
  feed.came({ ...soFar, text: "é", tokens: [7, 8], isOver: true });
  feed.end();
  assert.deepEqual((await news.next()).value, { ...piece, prompt: 0, kept: 0, added: "x" });
  assert.deepEqual((await news.next()).value, {
    ...piece,
    kept: 1,
    added: "",
    isOver: true,
    tokens: [7, 8],
  });
  assert.equal((await news.next()).done, true);
});

test("Line lets one after the other, past those who leave, and lets go whom the signal frees", async () => {
  const line = new Line(new Wake());
  const [first, second, third] = ["a", "b", "c"].map((id) => line.join(id));
  const heard: string[] = [];
  const comes = third!.comes(never, (id) => heard.push(id));
  assert.deepEqual([first!.isFirst, second!.isFirst], [true, false]);
  second!.leave();
  await new Promise(setImmediate);
  first!.leave();
  first!.leave();
  await comes;
  assert.deepEqual(heard, ["a", "a"]);
  assert.equal(line.first, "c");
  const abort = new AbortController();
  const fourth = line.join("d");
  const given = fourth.comes(abort.signal, () => abort.abort());
  await given;
  assert.equal(fourth.isFirst, false);
});

test("parseGenerateRequest() fills in what is not said, and names what is wrong as the flags do", () => {
  const { schedule, objective, "max-tokens": maxTokens } = parseGenerateRequest({ prompt: ["a"] });
  assert.deepEqual([schedule, objective, maxTokens], [["baseline"], "latency", 128]);
  for (const [wrong, message] of [
    [{}, /^--prompt is missing; for example --prompt "The capital of"$/],
    [{ prompt: [] }, /^--prompt is missing/],
    [{ prompt: "a" }, /^--prompt must be a list of texts, not "a"$/],
    [{ prompt: ["a"], stop: [""] }, /^--stop must be texts, none of them empty/],
    [{ prompt: ["a"], "max-tokens": 0 }, /^--max-tokens must be a whole number of at least 1, not 0$/],
    [{ prompt: ["a"], objective: "speed" }, /^--objective must be throughput or latency, not "speed"$/],
    [{ prompt: ["a"], store: "/etc" }, /^--store is no option; the options are model, /],
    [{ prompt: ["a"], placement: "/etc/passwd" }, /^--placement /],
  ] as const) {
    assert.throws(
      () => parseGenerateRequest(wrong),
      (error: Error) => {
        assert.match(error.message, message);
        return error instanceof GenerateOptionsError && error.exitCode === 2;
      },
    );
  }
});
