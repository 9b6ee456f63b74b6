// hidden_act of the architectures whose MLP has no gate (GPT-NeoX, BERT), read
// and built (transformers, activations.py).
import type { Activation } from "../config.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";
import type { StoredTensor } from "./architecture.js";
import type { ConfigFields } from "./config-fields.js";

/** gelu_new and gelu_fast are one formula, rounded differently. */
const ACTIVATIONS = { gelu: "gelu", gelu_new: "gelu-tanh", gelu_fast: "gelu-tanh" } as const;

/** @throws UnsupportedConfigError for another `hidden_act` */
export function readActivation(config: ConfigFields): Activation {
  const names = Object.keys(ACTIVATIONS) as (keyof typeof ACTIVATIONS)[];
  return ACTIVATIONS[config.oneOf("hidden_act", names, "gelu")];
}

/** activation(x W^T + bias). With their bias these kernels work row by row, so no row's bits depend on the others. */
export function activatedLinear(
  g: GraphBuilder,
  x: Value,
  { weight, bias, activation }: ActivatedLinear,
  output: Value,
): Value {
  const product = g.linear(x, weight, undefined, `${output}.product`);
  const op = { gelu: "BiasGelu", "gelu-tanh": "FastGelu" }[activation];
  return g.node(op, [product, g.weight(bias)], output, { domain: "com.microsoft" });
}

export interface ActivatedLinear {
  readonly weight: StoredTensor;
  readonly bias: StoredTensor;
  readonly activation: Activation;
}
