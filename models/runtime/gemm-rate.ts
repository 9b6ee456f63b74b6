// How fast this machine multiplies matrices: the floor under every prediction
// and benchmark.
import { GraphBuilder } from "../onnx/graph-builder.js";
import { PartSession, Tensor } from "./part-session.js";

export interface GemmShape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Median rate in FLOP/s of x W^T in float32, as the layers use it, over `repeats` runs after one to warm up. */
export async function measureGemmRate(shape: GemmShape, threads: number, repeats = 9): Promise<number> {
  const { rows, inner, columns } = shape;
  const graph = new GraphBuilder("gemm");
  const x = graph.input("x", "float", [rows, inner]);
  const w = graph.input("w", "float", [columns, inner]);
  const product = graph.node("FusedMatMul", [x, w], "product", {
    domain: "com.microsoft",
    attributes: { transB: 1 },
  });
  // One number out, so that copying the result is not measured.
  graph.output(graph.node("ReduceMax", [product], "max", { attributes: { keepdims: 0 } }), "float", []);
  const session = await PartSession.load(graph.serialize(), { weightsDir: "/", threads });
  const feeds = {
    x: new Tensor("float32", new Float32Array(rows * inner).fill(0.5), [rows, inner]),
    w: new Tensor("float32", new Float32Array(columns * inner).fill(0.5), [columns, inner]),
  };
  const seconds: number[] = [];
  for (let i = 0; i <= repeats; i++) {
    const started = performance.now();
    await session.run(feeds);
    if (i > 0) seconds.push((performance.now() - started) / 1000);
  }
  await session.release();
  seconds.sort((a, b) => a - b);
  return (2 * rows * inner * columns) / seconds[Math.floor(seconds.length / 2)]!;
}
