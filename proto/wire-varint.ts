// Protobuf's variable-length integers, up to 2^53 - 1.

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Returns where the next byte goes. A value that needs fewer than `length` bytes is padded; at most 5, every reader takes. */
export function writeVarint(bytes: Uint8Array, at: number, value: number, length = 1): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${value} cannot be sent; it must be an integer from 0 to 2^53 - 1`);
  }
  let next = at;
  let rest = value;
  for (; rest >= 0x80 || next < at + length - 1; rest = Math.floor(rest / 0x80)) {
    bytes[next++] = (rest % 0x80) | 0x80;
  }
  bytes[next++] = rest;
  return next;
}
