// What the layer graphs of decoders have in common: attention within the rows, or over keys and values that were kept
// of their earlier tokens. Then a layer is two graphs, and between them the device puts the new keys and values behind
// those it has.
import type { GraphPart } from "../config.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";

export type LayerGraphPart = Exclude<GraphPart, string>;

/** q [batch, seq, query size], k and v [batch, seq, key size], q and k rotated. */
export interface Projections {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/** Of all heads together. */
export interface ProjectionSizes {
  readonly query: number;
  readonly key: number;
}

export function layerGraphName({ layer, sublayer, cached }: LayerGraphPart): string {
  return ["layer", layer, sublayer, cached].filter((word) => word !== undefined).join(" ");
}

/** mask [batch, 1, seq, seq], or to all columns that were kept: [batch, 1, seq, columns] */
export function attentionMask(g: GraphBuilder, { cached }: LayerGraphPart): Value {
  return g.input("mask", "bool", ["batch", 1, "seq", cached ? "columns" : "seq"]);
}

/** The queries of the new tokens, and the keys and values of all: [batch, columns, key size] */
export function keptInputs(g: GraphBuilder, { query, key }: ProjectionSizes): Projections {
  return {
    q: g.input("q", "float", ["batch", "seq", query]),
    k: g.input("keys", "float", ["batch", "columns", key]),
    v: g.input("values", "float", ["batch", "columns", key]),
  };
}

/** hidden, cos, sin -> q, k, v of the new tokens */
export function projectionGraph(
  g: GraphBuilder,
  { q, k, v }: Projections,
  sizes: ProjectionSizes,
): Uint8Array {
  g.output(g.node("Identity", [q], "q"), "float", ["batch", "seq", sizes.query]);
  g.output(g.node("Identity", [k], "k"), "float", ["batch", "seq", sizes.key]);
  g.output(g.node("Identity", [v], "v"), "float", ["batch", "seq", sizes.key]);
  return g.serialize();
}
