// The end of a decoder's graph: final norm, LM head, and of every scored token
// its log-probability and the likeliest token. Logits never leave it.
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import type { StoredTensor } from "./architecture.js";

/**
 * hidden [batch, seq, hidden], rows [scored] indices into batch * seq, targets [scored, 1] token ids
 * -> logprob [scored, 1] natural log, argmax [scored] lowest token id among equals
 */
export function scoringHead(
  hiddenSize: number,
  /** The final norm of [scored, hidden]. */
  norm: (g: GraphBuilder, scored: Value) => Value,
  /** [vocab, hidden] */
  matrix: StoredTensor,
): Uint8Array {
  const g = new GraphBuilder("head");
  const hidden = g.input("hidden", "float", ["batch", "seq", hiddenSize]);
  const rows = g.input("rows", "int64", ["scored"]);
  const targets = g.input("targets", "int64", ["scored", 1]);
  const flat = g.node("Reshape", [hidden, g.integers("flat_shape", [-1, hiddenSize])], "flat");
  const scored = g.node("Gather", [flat, rows], "scored_hidden");
  const logits = g.linear(norm(g, scored), matrix, undefined, "logits");
  const logprobs = g.node("LogSoftmax", [logits], "logprobs", { attributes: { axis: -1 } });
  g.output(g.node("GatherElements", [logprobs, targets], "logprob", { attributes: { axis: 1 } }), "float", [
    "scored",
    1,
  ]);
  g.output(g.node("ArgMax", [logprobs], "argmax", { attributes: { axis: 1, keepdims: 0 } }), "int64", [
    "scored",
  ]);
  return g.serialize();
}
