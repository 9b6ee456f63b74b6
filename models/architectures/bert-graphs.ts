// ONNX graphs of BERT, one a part, after transformers' modeling_bert.py: norms
// come after the residual, so a layer's output is normed and merges average
// normed states.
import type { BertConfig, GraphPart, LayerPart } from "../config.js";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import { activatedLinear } from "./activation.js";
import type { StoredTensor } from "./architecture.js";

type TensorOf = (name: string) => StoredTensor;

export function bertGraph(config: BertConfig, part: GraphPart, tensor: TensorOf): Uint8Array {
  if (part === "embed") return embedGraph(config, tensor);
  if (part === "head") return headGraph(config, tensor);
  return layerGraph(config, part, tensor);
}

/** tokens, token_types and positions [batch, seq] -> hidden [batch, seq, hidden] */
function embedGraph(config: BertConfig, tensor: TensorOf): Uint8Array {
  const g = new GraphBuilder("embed");
  const look = (table: string, input: string): Value =>
    g.node("Gather", [g.weight(tensor(`embeddings.${table}.weight`)), input], table);
  for (const input of ["tokens", "token_types", "positions"]) g.input(input, "int64", ["batch", "seq"]);
  const typed = g.node(
    "Add",
    [look("word_embeddings", "tokens"), look("token_type_embeddings", "token_types")],
    "typed",
  );
  const placed = g.node("Add", [typed, look("position_embeddings", "positions")], "placed");
  const normed = layerNorm(g, placed, { config, tensor, name: "embeddings.LayerNorm" }, "output");
  g.output(normed, "float", ["batch", "seq", config.hiddenSize]);
  return g.serialize();
}

/**
 * hidden [batch, seq, hidden], mask [batch, 1, seq, seq] (true: row attends to column) -> hidden [batch, seq, hidden];
 * the MLP alone takes only hidden. Halves end with their norms.
 */
function layerGraph(config: BertConfig, { layer, sublayer }: LayerPart, tensor: TensorOf): Uint8Array {
  const { hiddenSize, headCount } = config;
  const g = new GraphBuilder(sublayer ? `layer ${layer} ${sublayer}` : `layer ${layer}`);
  const prefix = `encoder.layer.${layer}.`;
  const hidden = g.input("hidden", "float", ["batch", "seq", hiddenSize]);
  const linear = (x: Value, name: string): Value =>
    g.linear(x, tensor(`${prefix}${name}.weight`), tensor(`${prefix}${name}.bias`), name);
  const norm = (x: Value, name: string, output: string): Value =>
    layerNorm(g, x, { config, tensor, name: prefix + name }, output);

  const attend = (x: Value, output: string): Value => {
    const mask = g.input("mask", "bool", ["batch", 1, "seq", "seq"]);
    const [q, k, v] = ["query", "key", "value"].map((name) => linear(x, `attention.self.${name}`));
    const attended = g.node("Attention", [q!, k!, v!, mask], "attention", {
      attributes: { q_num_heads: headCount, kv_num_heads: headCount },
    });
    const residual = g.node("Add", [linear(attended, "attention.output.dense"), x], "attention.residual");
    return norm(residual, "attention.output.LayerNorm", output);
  };
  const applyMlp = (x: Value): Value => {
    const raised = activatedLinear(
      g,
      x,
      {
        weight: tensor(`${prefix}intermediate.dense.weight`),
        bias: tensor(`${prefix}intermediate.dense.bias`),
        activation: config.activation,
      },
      "intermediate",
    );
    const residual = g.node("Add", [linear(raised, "output.dense"), x], "output.residual");
    return norm(residual, "output.LayerNorm", "output");
  };

  const attended =
    sublayer === "mlp" ? hidden : attend(hidden, sublayer === "attn" ? "output" : "attention.normed");
  const output = sublayer === "attn" ? attended : applyMlp(attended);
  g.output(output, "float", ["batch", "seq", hiddenSize]);
  return g.serialize();
}

/**
 * hidden [batch, seq, hidden], rows [picked] indices of first tokens into batch * seq
 * -> features [picked, hidden], and logits [picked, labels] where there is a classifier
 */
function headGraph(config: BertConfig, tensor: TensorOf): Uint8Array {
  const { hiddenSize, classifier } = config;
  const g = new GraphBuilder("head");
  const hidden = g.input("hidden", "float", ["batch", "seq", hiddenSize]);
  const rows = g.input("rows", "int64", ["picked"]);
  const linear = (x: Value, name: string, output: string): Value =>
    g.linear(x, tensor(`${name}.weight`), tensor(`${name}.bias`), output);
  const flat = g.node("Reshape", [hidden, g.integers("flat_shape", [-1, hiddenSize])], "flat");
  const pick = (output: string): Value => g.node("Gather", [flat, rows], output);
  const features = config.hasPooler
    ? g.node("Tanh", [linear(pick("first"), "pooler.dense", "pooled")], "features")
    : pick("features");
  g.output(features, "float", ["picked", hiddenSize]);
  if (classifier) {
    g.output(linear(features, "classifier", "logits"), "float", ["picked", classifier.labelCount]);
  }
  return g.serialize();
}

function layerNorm(
  g: GraphBuilder,
  x: Value,
  { config, tensor, name }: { readonly config: BertConfig; readonly tensor: TensorOf; readonly name: string },
  output: string,
): Value {
  return g.node(
    "LayerNormalization",
    [x, g.weight(tensor(`${name}.weight`)), g.weight(tensor(`${name}.bias`))],
    output,
    { attributes: { axis: -1, epsilon: { float: config.normEps } } },
  );
}
