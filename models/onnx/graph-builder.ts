// Builds one ONNX graph, value by value. Methods return the name of the value
// they make, so a network reads like the formulas it comes from.
import type { StoredTensor } from "../architectures/architecture.js";
import { encodeModel } from "./schema.js";

/** Dtypes as numbered by ONNX (TensorProto.DataType). */
const dtypeCodes = { float: 1, int64: 7, bool: 9 } as const;
export type OnnxDtype = keyof typeof dtypeCodes;

/** A dimension is a number or the name of one known only at run time. */
export type Dimension = number | string;

/** The name of a value in the graph. */
export type Value = string;

type AttributeValue = number | { readonly float: number } | readonly number[];

export interface NodeOptions {
  /** Empty for ONNX's own operators, `com.microsoft` for ONNX Runtime's. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

// Opset 23 brought Attention, RotaryEmbedding and RMSNormalization.
const opsets = [
  { domain: "", version: 23 },
  { domain: "com.microsoft", version: 1 },
];

export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: object[] = [];
  readonly #initializers = new Map<string, object>();
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, dtype: OnnxDtype, shape: readonly Dimension[]): Value {
    this.#inputs.push(valueInfo(name, dtype, shape));
    return name;
  }

  output(value: Value, dtype: OnnxDtype, shape: readonly Dimension[]): void {
    this.#outputs.push(valueInfo(value, dtype, shape));
  }

  /** A weight that stays in its file: the runtime maps it, all sessions share its pages. */
  weight(tensor: StoredTensor): Value {
    this.#initializers.set(tensor.name, {
      name: tensor.name,
      dims: tensor.shape,
      data_type: dtypeCodes.float,
      data_location: 1, // EXTERNAL
      external_data: [
        { key: "location", value: tensor.file },
        { key: "offset", value: String(tensor.offset) },
        { key: "length", value: String(tensor.bytes) },
      ],
    });
    return tensor.name;
  }

  /** A constant list of integers, such as a shape. */
  integers(name: string, values: readonly number[]): Value {
    const raw = Buffer.alloc(values.length * 8);
    for (const [i, value] of values.entries()) raw.writeBigInt64LE(BigInt(value), i * 8);
    this.#initializers.set(name, { name, dims: [values.length], data_type: dtypeCodes.int64, raw_data: raw });
    return name;
  }

  /** Adds an operator with one output, which it names `output`. */
  node(op: string, inputs: readonly Value[], output: Value, options: NodeOptions = {}): Value {
    this.#nodes.push({
      name: output,
      op_type: op,
      domain: options.domain ?? "",
      input: inputs,
      output: [output],
      attribute: Object.entries(options.attributes ?? {}).map(([name, value]) => attribute(name, value)),
    });
    return output;
  }

  /** x W^T (+ bias), W in Hugging Face's [out, in] layout. */
  linear(x: Value, weight: StoredTensor, bias: StoredTensor | undefined, output: Value): Value {
    const product = this.node("FusedMatMul", [x, this.weight(weight)], bias ? `${output}.product` : output, {
      domain: "com.microsoft",
      attributes: { transB: 1 },
    });
    return bias ? this.node("Add", [product, this.weight(bias)], output) : product;
  }

  serialize(): Uint8Array {
    return encodeModel({
      ir_version: 10,
      producer_name: "painters",
      opset_import: opsets,
      graph: {
        name: this.#name,
        node: this.#nodes,
        initializer: [...this.#initializers.values()],
        input: this.#inputs,
        output: this.#outputs,
      },
    });
  }
}

function valueInfo(name: string, dtype: OnnxDtype, shape: readonly Dimension[]): object {
  const dim = shape.map((d) => (typeof d === "number" ? { dim_value: d } : { dim_param: d }));
  return { name, type: { tensor_type: { elem_type: dtypeCodes[dtype], shape: { dim } } } };
}

// AttributeProto.AttributeType: FLOAT 1, INT 2, INTS 7.
function attribute(name: string, value: AttributeValue): object {
  if (typeof value === "number") return { name, type: 2, i: value };
  if ("float" in value) return { name, type: 1, f: value.float };
  return { name, type: 7, ints: value };
}
