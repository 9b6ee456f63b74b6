// Reads the fields of one protobuf message. Everything that is wrong with the
// bytes is a ProtocolError.
import { ProtocolError } from "./protocol-error.js";

const wireTypes = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

export class WireReader {
  #at = 0;

  /** `message` names it in errors. */
  constructor(
    private readonly message: string,
    private readonly source: Uint8Array,
  ) {}

  get isAtEnd(): boolean {
    return this.#at >= this.source.length;
  }

  tag(): { readonly number: number; readonly wireType: number } {
    const tag = this.#varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw new ProtocolError(this.message, "has a field numbered 0");
    return { number, wireType: tag % 8 };
  }

  number(wireType: number): number {
    this.#expect(wireType, wireTypes.varint);
    return this.#varint();
  }

  /** Appends a repeated number, packed or not. */
  numbers(wireType: number, into: number[]): void {
    if (wireType === wireTypes.varint) {
      into.push(this.#varint());
      return;
    }
    const packed = new WireReader(this.message, this.bytes(wireType));
    while (!packed.isAtEnd) into.push(packed.#varint());
  }

  /** A view. */
  bytes(wireType: number): Uint8Array {
    this.#expect(wireType, wireTypes.lengthDelimited);
    return this.#take(this.#varint());
  }

  skip(wireType: number): void {
    if (wireType === wireTypes.varint) this.#varint();
    else if (wireType === wireTypes.fixed64) this.#take(8);
    else if (wireType === wireTypes.lengthDelimited) this.#take(this.#varint());
    else if (wireType === wireTypes.fixed32) this.#take(4);
    else throw new ProtocolError(this.message, `has a field of unknown wire type ${wireType}`);
  }

  #expect(actual: number, expected: number): void {
    if (actual !== expected) {
      throw new ProtocolError(this.message, `has a field of wire type ${actual} where ${expected} belongs`);
    }
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.source.length) {
      throw new ProtocolError(
        this.message,
        `is truncated: ${end} bytes are announced, ${this.source.length} came`,
      );
    }
    const view = this.source.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.source[this.#at++];
      if (byte === undefined) throw new ProtocolError(this.message, "is truncated inside a number");
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER)
        throw new ProtocolError(this.message, "has a number above 2^53 - 1");
      if (byte < 0x80) return value;
    }
  }
}
