// Summary and similarity -> report.html, or one of its figures as an SVG file.
import type { Similarity } from "../similarity-file.js";
import type { Summary } from "../summary-file.js";
import { drawSpec } from "./draw.js";
import { figureMarkup } from "./figure-markup.js";
import type { Markup } from "./html.js";
import { reportPage } from "./page.js";
import { schedulePictures } from "./pictures.js";
import { reportContent } from "./sections.js";
import { standaloneSvg } from "./standalone.js";

/** A figure was asked for that the results have no rows for, or that is none. */
export class FigureError extends Error {
  override readonly name = "FigureError";
  readonly exitCode = 2;
}

/** @param onProgress told after each figure */
export async function drawReport(
  summary: Summary,
  similarity: Similarity | null,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<string> {
  const content = reportContent(summary, similarity);
  const figures = content.sections.flatMap((section) => section.figures);
  const drawn = new Map<string, Markup>();
  for (const figure of figures) {
    const drawings = [];
    for (const size of figure.sizes ?? [null]) {
      drawings.push({ size, svg: await drawSpec(figure.spec(size ?? "wide")) });
    }
    drawn.set(figure.name, figureMarkup(figure, drawings));
    onProgress(drawn.size, figures.length);
  }
  const pictures = schedulePictures(summary, content.values);
  return reportPage({ summary, similarity, content, figures: drawn, pictures });
}

/** Throws FigureError, with the names of the figures that there are. */
export async function drawFigure(
  summary: Summary,
  similarity: Similarity | null,
  name: string,
): Promise<string> {
  const content = reportContent(summary, similarity);
  const figures = content.sections.flatMap((section) => section.figures);
  const figure = figures.find((one) => one.name === name);
  if (figure) {
    const { title, finding } = figure;
    return standaloneSvg(await drawSpec(figure.spec("wide", title)), `${title}. ${finding}`);
  }
  const pictures = schedulePictures(summary, content.values);
  const picture = pictures.find((one) => `schedule:${one.name}` === name);
  if (picture) return standaloneSvg(picture.markup.text, `The schedule ${picture.text}`);
  const names = [...figures.map((one) => one.name), ...pictures.map((one) => `schedule:${one.name}`)];
  throw new FigureError(
    `these results have no figure ${JSON.stringify(name)}; they have ${names.join(", ")}`,
  );
}
