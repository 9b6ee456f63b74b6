// Whether HTML or SVG is well-formed: every element closed in order, every attribute quoted,
// no id twice, every reference within the page to something there.
import assert from "node:assert/strict";

const empty = new Set(["meta", "br", "hr", "!doctype"]);

export function assertWellFormed(page: string): void {
  const open: string[] = [];
  // A style sheet is text that ends with its element.
  const markup = page.replaceAll(/<style>[^<]*<\/style>/g, "<style></style>");
  let end = 0;
  for (const match of markup.matchAll(/<(\/?)([!a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/g)) {
    const [whole, closing, name, , isClosed] = match;
    const between = markup.slice(end, match.index);
    assert.doesNotMatch(
      between,
      /[<>]|&(?!(?:amp|lt|gt|quot|#39|#\d+);)/,
      `not markup: ${between.slice(0, 200)}`,
    );
    end = match.index + whole.length;
    if (closing) assert.equal(open.pop(), name, `near ${markup.slice(end - 200, end)}`);
    else if (!isClosed && !empty.has(name!.toLowerCase())) open.push(name!);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(markup.slice(end), /[<>]/);
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
  assert.equal(new Set(ids).size, ids.length, "an id is there twice");
  for (const [, id] of markup.matchAll(/(?:href="#|url\(#|aria-labelledby=")([^")]+)[")]/g)) {
    assert.ok(ids.includes(id!), `nothing has the id ${id}`);
  }
}
