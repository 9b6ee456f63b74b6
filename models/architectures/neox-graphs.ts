// ONNX graphs of the GPT-NeoX family, one a part, after transformers'
// modeling_gpt_neox.py. Rotary angles and the mask come in as inputs.
import type { GraphPart, NeoXConfig } from "../config.js";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import { activatedLinear } from "./activation.js";
import type { StoredTensor } from "./architecture.js";
import {
  attentionMask,
  keptInputs,
  type LayerGraphPart,
  layerGraphName,
  type Projections,
  projectionGraph,
} from "./cached-attention.js";
import { scoringHead } from "./scoring-head.js";

type TensorOf = (name: string) => StoredTensor;

export function neoxGraph(config: NeoXConfig, part: GraphPart, tensor: TensorOf): Uint8Array {
  if (part === "embed") return embedGraph(config, tensor);
  if (part === "head") return headGraph(config, tensor);
  return layerGraph(config, part, tensor);
}

/** tokens [batch, seq] -> hidden [batch, seq, hidden] */
function embedGraph(config: NeoXConfig, tensor: TensorOf): Uint8Array {
  const g = new GraphBuilder("embed");
  const tokens = g.input("tokens", "int64", ["batch", "seq"]);
  const table = g.weight(tensor("gpt_neox.embed_in.weight"));
  g.output(g.node("Gather", [table, tokens], "output"), "float", ["batch", "seq", config.hiddenSize]);
  return g.serialize();
}

/**
 * hidden [batch, seq, hidden], cos and sin [batch, seq, rotarySize / 2] of every token's position,
 * mask [batch, 1, seq, seq] (true: row attends to column) -> hidden [batch, seq, hidden];
 * the MLP alone takes only hidden. Over keys and values that were kept: cached-attention.ts
 */
function layerGraph(config: NeoXConfig, part: LayerGraphPart, tensor: TensorOf): Uint8Array {
  const { hiddenSize, headCount, headSize, rotarySize, attentionBias } = config;
  const { layer, sublayer, cached } = part;
  const g = new GraphBuilder(layerGraphName(part));
  const prefix = `gpt_neox.layers.${layer}.`;
  const hidden = g.input("hidden", "float", ["batch", "seq", hiddenSize]);

  const norm = (x: Value, name: string): Value => layerNorm(g, x, { config, tensor, name: prefix + name });
  const linear = (x: Value, name: string, hasBias: boolean): Value =>
    g.linear(
      x,
      tensor(`${prefix}${name}.weight`),
      hasBias ? tensor(`${prefix}${name}.bias`) : undefined,
      name,
    );

  const projections = (x: Value): Projections => {
    const cos = g.input("cos", "float", ["batch", "seq", rotarySize / 2]);
    const sin = g.input("sin", "float", ["batch", "seq", rotarySize / 2]);
    // Head by head its query, key and value: [batch, seq, heads, 3 * headSize].
    const fused = linear(norm(x, "input_layernorm"), "attention.query_key_value", attentionBias);
    const byHead = g.node(
      "Reshape",
      [fused, g.integers("by_head", [0, 0, headCount, 3 * headSize])],
      "heads",
    );
    const third = (name: string, index: number): Value => {
      const [from, to] = [g.integers(`${name}.from`, [index * headSize]), index * headSize + headSize];
      const own = g.node(
        "Slice",
        [byHead, from, g.integers(`${name}.to`, [to]), g.integers("head_axis", [3])],
        `${name}.heads`,
      );
      return g.node("Reshape", [own, g.integers("flat", [0, 0, hiddenSize])], name);
    };
    const rotate = (y: Value): Value =>
      g.node("RotaryEmbedding", [y, cos, sin], `${y}.rotated`, {
        attributes: { num_heads: headCount, rotary_embedding_dim: rotarySize === headSize ? 0 : rotarySize },
      });
    return { q: rotate(third("query", 0)), k: rotate(third("key", 1)), v: third("value", 2) };
  };
  const sizes = { query: hiddenSize, key: hiddenSize };
  const addAttention = (x: Value, output: string): Value => {
    const { q, k, v } = cached ? keptInputs(g, sizes) : projections(x);
    const attended = g.node("Attention", [q, k, v, attentionMask(g, part)], "attention", {
      attributes: { q_num_heads: headCount, kv_num_heads: headCount },
    });
    return g.node("Add", [x, linear(attended, "attention.dense", attentionBias)], output);
  };
  /** Reads `x`, adds to `residual`. */
  const addMlp = (x: Value, residual: Value): Value => {
    const raised = activatedLinear(
      g,
      norm(x, "post_attention_layernorm"),
      {
        weight: tensor(`${prefix}mlp.dense_h_to_4h.weight`),
        bias: tensor(`${prefix}mlp.dense_h_to_4h.bias`),
        activation: config.activation,
      },
      "mlp.activated",
    );
    return g.node("Add", [residual, linear(raised, "mlp.dense_4h_to_h", true)], "output");
  };

  if (cached === "project") return projectionGraph(g, projections(hidden), sizes);
  const attended =
    sublayer === "mlp" ? hidden : addAttention(hidden, sublayer === "attn" ? "output" : "residual");
  const output =
    sublayer === "attn" ? attended : addMlp(config.parallelResidual ? hidden : attended, attended);
  g.output(output, "float", ["batch", "seq", hiddenSize]);
  return g.serialize();
}

function headGraph(config: NeoXConfig, tensor: TensorOf): Uint8Array {
  return scoringHead(
    config.hiddenSize,
    (g, scored) => layerNorm(g, scored, { config, tensor, name: "gpt_neox.final_layer_norm" }),
    tensor(config.tiedEmbeddings ? "gpt_neox.embed_in.weight" : "embed_out.weight"),
  );
}

function layerNorm(
  g: GraphBuilder,
  x: Value,
  { config, tensor, name }: { readonly config: NeoXConfig; readonly tensor: TensorOf; readonly name: string },
): Value {
  return g.node(
    "LayerNormalization",
    [x, g.weight(tensor(`${name}.weight`)), g.weight(tensor(`${name}.bias`))],
    name,
    { attributes: { axis: -1, epsilon: { float: config.normEps } } },
  );
}
