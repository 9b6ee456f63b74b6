// How many threads a matrix product of a model may be cut over without a change of bits.
import { architectureOf } from "../architectures/registry.js";
import type { ModelConfig } from "../config.js";
import { partsOf } from "../store/model-layout.js";

// Measured, and what MLAS's sgemm does: a product is cut over threads by its columns, and a slice of 64 columns or
// less sums its inner dimension in blocks longer than the 128 of wider slices, which rounds otherwise. How many
// threads take part depends on the rows, so scores would depend on the micro-batch.
const innerBlock = 128;
/** Slices are whole blocks of 16 columns; the narrowest of a cut into `columns / 96` is wider than 64. */
const leastColumns = 96;
/** Never cut. */
const columnBlock = 16;

export function mostThreads(config: ModelConfig): number {
  const architecture = architectureOf(config);
  const widths = partsOf(config)
    .filter((part) => part !== "embed")
    .flatMap((part) => architecture.tensors(config, part))
    .flatMap(({ shape }) => {
      const [columns, inner] = shape as readonly [number, number?];
      return inner !== undefined && inner > innerBlock && columns > columnBlock ? [columns] : [];
    });
  return widths.reduce(
    (most, columns) => Math.min(most, Math.max(1, Math.floor(columns / leastColumns))),
    Infinity,
  );
}
