// ONNX graphs of the Llama family, one a part, after transformers'
// modeling_llama.py and modeling_mistral.py. Rotary angles and the mask come in
// as inputs, so one graph serves packed token trees, sliding windows and every
// kind of rope scaling.
import type { GraphPart, LlamaConfig } from "../config.js";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
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

export function llamaGraph(config: LlamaConfig, part: GraphPart, tensor: TensorOf): Uint8Array {
  if (part === "embed") return embedGraph(config, tensor);
  if (part === "head") return headGraph(config, tensor);
  return layerGraph(config, part, tensor);
}

/** tokens [batch, seq] -> hidden [batch, seq, hidden] */
function embedGraph(config: LlamaConfig, tensor: TensorOf): Uint8Array {
  const g = new GraphBuilder("embed");
  const tokens = g.input("tokens", "int64", ["batch", "seq"]);
  const table = g.weight(tensor("model.embed_tokens.weight"));
  g.output(g.node("Gather", [table, tokens], "output"), "float", ["batch", "seq", config.hiddenSize]);
  return g.serialize();
}

/**
 * hidden [batch, seq, hidden], cos and sin [batch, seq, headSize / 2] of every token's position,
 * mask [batch, 1, seq, seq] (true: row attends to column) -> hidden [batch, seq, hidden];
 * the MLP alone takes only hidden. Over keys and values that were kept: cached-attention.ts
 */
function layerGraph(config: LlamaConfig, part: LayerGraphPart, tensor: TensorOf): Uint8Array {
  const { hiddenSize, headCount, kvHeadCount, headSize } = config;
  const { layer, sublayer, cached } = part;
  const g = new GraphBuilder(layerGraphName(part));
  const prefix = `model.layers.${layer}.`;
  const half = headSize / 2;
  const hidden = g.input("hidden", "float", ["batch", "seq", hiddenSize]);

  const norm = (x: Value, name: string): Value =>
    g.node("RMSNormalization", [x, g.weight(tensor(`${prefix}${name}.weight`))], name, {
      attributes: { axis: -1, epsilon: { float: config.normEps } },
    });
  const linear = (x: Value, name: string, hasBias: boolean): Value =>
    g.linear(
      x,
      tensor(`${prefix}${name}.weight`),
      hasBias ? tensor(`${prefix}${name}.bias`) : undefined,
      name,
    );
  const projections = (x: Value): Projections => {
    const cos = g.input("cos", "float", ["batch", "seq", half]);
    const sin = g.input("sin", "float", ["batch", "seq", half]);
    const rotate = (y: Value, heads: number): Value =>
      g.node("RotaryEmbedding", [y, cos, sin], `${y}.rotated`, { attributes: { num_heads: heads } });
    const normed = norm(x, "input_layernorm");
    const q = rotate(linear(normed, "self_attn.q_proj", config.attentionBias), headCount);
    const k = rotate(linear(normed, "self_attn.k_proj", config.attentionBias), kvHeadCount);
    return { q, k, v: linear(normed, "self_attn.v_proj", config.attentionBias) };
  };
  const sizes = { query: headCount * headSize, key: kvHeadCount * headSize };
  const addAttention = (x: Value, output: string): Value => {
    const { q, k, v } = cached ? keptInputs(g, sizes) : projections(x);
    const attended = g.node("Attention", [q, k, v, attentionMask(g, part)], "attention", {
      attributes: { q_num_heads: headCount, kv_num_heads: kvHeadCount },
    });
    const projected = linear(attended, "self_attn.o_proj", config.attentionBias);
    return g.node("Add", [x, projected], output);
  };
  const addMlp = (x: Value): Value => {
    const normed = norm(x, "post_attention_layernorm");
    const gate = linear(normed, "mlp.gate_proj", config.mlpBias);
    // x * sigmoid(x), SiLU: QuickGelu with alpha 1
    const activated = g.node("QuickGelu", [gate], "activated", {
      domain: "com.microsoft",
      attributes: { alpha: { float: 1 } },
    });
    const gated = g.node("Mul", [activated, linear(normed, "mlp.up_proj", config.mlpBias)], "gated");
    const down = linear(gated, "mlp.down_proj", config.mlpBias);
    return g.node("Add", [x, down], "output");
  };

  if (cached === "project") return projectionGraph(g, projections(hidden), sizes);
  const attended =
    sublayer === "mlp" ? hidden : addAttention(hidden, sublayer === "attn" ? "output" : "residual");
  const output = sublayer === "attn" ? attended : addMlp(attended);
  g.output(output, "float", ["batch", "seq", hiddenSize]);
  return g.serialize();
}

function headGraph(config: LlamaConfig, tensor: TensorOf): Uint8Array {
  return scoringHead(
    config.hiddenSize,
    (g, scored) =>
      g.node("RMSNormalization", [scored, g.weight(tensor("model.norm.weight"))], "norm", {
        attributes: { axis: -1, epsilon: { float: config.normEps } },
      }),
    tensor(config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"),
  );
}
