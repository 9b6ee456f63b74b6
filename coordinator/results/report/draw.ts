// Vega-Lite spec -> SVG, without a browser. The only place that loads vega, which is heavy.
import { parse, View, Warn } from "vega";
import { compile } from "vega-lite";
import type { Spec } from "./chart-config.js";
import { withoutControls } from "./html.js";

/** The SVG as text; colours are still names (theme.ts). */
export async function drawSpec(spec: Spec): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none", logLevel: Warn });
  try {
    return tidy(withoutControls(await view.toSVG()));
  } finally {
    view.finalize();
  }
}

/** Drops what says nothing: empty shapes, roles of single marks (the figure has one name), long fractions. */
function tidy(svg: string): string {
  return svg
    .replaceAll(/<path class="(?:background|foreground)"[^>]*\/>/g, "")
    .replaceAll(/<[a-z][^>]*>/gi, (tag) =>
      tag
        .replaceAll(/ (?:role|class|pointer-events|aria-[a-z]+|xmlns:xlink|version)="[^"]*"/g, "")
        .replaceAll(/ opacity="1"/g, "")
        .replaceAll(/ (?:d|transform|[xy]2?|width|height)="[^"]*"/g, (attribute) =>
          attribute.replaceAll(/-?\d+\.\d{2,}/g, (digits) => String(Number(Number(digits).toFixed(1)))),
        ),
    )
    .replaceAll("<g></g>", "");
}
