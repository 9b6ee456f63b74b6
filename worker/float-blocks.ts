// Sums and quotients of float32 values, four at a time, in WebAssembly: JavaScript takes each value to double and
// back, which rounds to the same bits and takes 4x as long. Values pass through two blocks that stay in the cache.
import type { State } from "./merge.js";

/** As much of it as is used; TypeScript knows it of browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

const blockBytes = 32768;
const blockValues = blockBytes / 4;

const opcodes = {
  loop: [0x03, 0x40],
  end: 0x0b,
  branchIf: [0x0d, 0],
  getLocal: 0x20,
  teeLocal: 0x22,
  constant: 0x41,
  add: 0x6a,
  isBelow: 0x49,
  load: [0xfd, 0x00, 4],
  store: [0xfd, 0x0b, 4],
  splat: [0xfd, 0x13],
  addLanes: [0xfd, 0xe4, 0x01],
  divideLanes: [0xfd, 0xe7, 0x01],
} as const;
const [i32, f32] = [0x7f, 0x7d];
const at = [opcodes.getLocal, 2];

/** A function's body: first block = `operation` of it, up to byte `local 0`; `local 2` is where it is. */
const forEachFour = (operation: readonly number[]): readonly number[] => [
  ...[1, 1, i32, ...opcodes.loop, ...at, ...at, ...opcodes.load, 0, ...operation, ...opcodes.store, 0],
  ...[...at, opcodes.constant, 16, opcodes.add, opcodes.teeLocal, 2],
  ...[opcodes.getLocal, 0, opcodes.isBelow, ...opcodes.branchIf, opcodes.end, opcodes.end],
];
const code = [
  forEachFour([...at, ...opcodes.load, ...unsigned(blockBytes), ...opcodes.addLanes]),
  forEachFour([opcodes.getLocal, 1, ...opcodes.splat, ...opcodes.divideLanes]),
];
const named = (name: string, kind: number, index: number): readonly number[] => [
  ...counted([...Buffer.from(name)]),
  kind,
  index,
];
const binary = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 2, i32, f32, 0]), // one type: (bytes, divisor) -> ()
  ...section(3, [2, 0, 0]), // two functions of it
  ...section(5, [1, 0, 1]), // a memory of one page
  ...section(7, [3, ...named("add", 0, 0), ...named("divide", 0, 1), ...named("memory", 2, 0)]),
  ...section(10, [2, ...code.flatMap((body) => counted(body))]),
]);
const { add, divide, memory } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports as {
  readonly add: (bytes: number, unused: number) => void;
  readonly divide: (bytes: number, by: number) => void;
  readonly memory: { readonly buffer: ArrayBuffer };
};
const first = new Float32Array(memory.buffer, 0, blockValues);
const second = new Float32Array(memory.buffer, blockBytes, blockValues);

/**
 * total = states[0] + states[1] + .., in this order, and divided by `divideBy` if that is not null. The total may be the
 * first of them. Block by block, so that each state is read once and the total written once.
 */
export function addStates(total: State, states: readonly State[], divideBy: number | null): void {
  const [initial, ...others] = states;
  for (let begin = 0; begin < total.length; begin += blockValues) {
    const end = Math.min(total.length, begin + blockValues);
    const bytes = 4 * (end - begin);
    first.set(initial!.subarray(begin, end));
    for (const state of others) {
      second.set(state.subarray(begin, end));
      add(bytes, 0);
    }
    if (divideBy !== null) divide(bytes, divideBy);
    total.set(end - begin === blockValues ? first : first.subarray(0, end - begin), begin);
  }
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...counted(content)];
}

function counted(bytes: readonly number[]): readonly number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function unsigned(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
