// A figure of the report before it is drawn: how to draw it, what it shows in words, and the
// table behind it.
import type { ChartSize, Spec } from "./chart-config.js";
import type { DataTable } from "./data-table.js";
import type { SeriesStyle } from "./series-style.js";

export interface Figure {
  /** For `--figure`. */
  readonly name: string;
  readonly title: string;
  /** What it shows, in a sentence: the text alternative. */
  readonly finding: string;
  /** How to read it. */
  readonly caption: string;
  /** null: there is one size for all. */
  readonly sizes: readonly ChartSize[] | null;
  readonly spec: (size: ChartSize, title?: string) => Spec;
  /** Where labels do not stand beside the lines. */
  readonly legend: readonly LegendEntry[];
  /** Numbers in the figure stand for these. */
  readonly key: readonly string[];
  readonly tables: readonly DataTable[];
}

export type LegendEntry =
  | {
      readonly kind: "series";
      readonly style: SeriesStyle;
      readonly isMain: boolean;
      readonly hasLine: boolean;
    }
  | { readonly kind: "rule"; readonly label: string };

export interface Section {
  /** For links. */
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** Why figures that a reader may look for are not there. */
  readonly absent: readonly string[];
}
