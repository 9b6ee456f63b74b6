// A drawing as a file of its own: literal colours, a background, and a name.
import { escapeText } from "./html.js";
import { withLiteralColors } from "./theme.js";

export function standaloneSvg(svg: string, label: string): string {
  const background = '<rect width="100%" height="100%" fill="var(--paper)"/>';
  const named = svg.replace(
    /<svg[^>]*>/,
    (tag) =>
      `${tag.replace(/ (?:role|aria-label)="[^"]*"/g, "").replace("<svg", `<svg role="img" aria-label="${escapeText(label)}"`)}${background}`,
  );
  return `${withLiteralColors(named)}\n`;
}
