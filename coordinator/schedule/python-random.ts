// CPython's `random.Random`, bit for bit: the paper's shuffles, the harness's few-shot
// draws and its bootstrap all come from it. Algorithms: CPython Modules/_randommodule.c and Lib/random.py.

const WORDS = 624;
const SHIFT = 397;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;
const MATRIX = 0x9908b0df;

/** The stream that Python's `random.Random(seed)` gives; a negative seed gives that of its absolute value. */
export class PythonRandom {
  private readonly state = new Int32Array(WORDS);
  private readonly outputs = new Int32Array(WORDS);
  private next = WORDS;

  /** Seeds beyond 2^53 are given as bigint. */
  constructor(seed: number | bigint) {
    if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
      throw new RangeError(`a seed is a whole number, not ${seed}`);
    }
    this.seedByArray(wordsOf(BigInt(seed)));
  }

  /** A float in [0, 1) with 53 random bits. */
  random(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** An integer of `bits` random bits; at most 53, so that a number holds it. */
  getrandbits(bits: number): number {
    if (!Number.isInteger(bits) || bits < 0 || bits > 53)
      throw new RangeError(`${bits} bits is outside 0..53`);
    if (bits === 0) return 0;
    if (bits <= 32) return this.word() >>> (32 - bits);
    const low = this.word() >>> 0;
    return (this.word() >>> (64 - bits)) * 4294967296 + low;
  }

  /** An integer in [0, n), by rejection: what `randrange(n)` returns. */
  randbelow(n: number): number {
    if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`cannot draw an integer below ${n}`);
    const bits = bitLength(n);
    let drawn = this.getrandbits(bits);
    while (drawn >= n) drawn = this.getrandbits(bits);
    return drawn;
  }

  /** A copy of `items` in the order that `random.shuffle(items)` would leave. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.randbelow(i + 1);
      const item = shuffled[i] as T;
      shuffled[i] = shuffled[j] as T;
      shuffled[j] = item;
    }
    return shuffled;
  }

  /** `count` different places of `population`, in the order drawn. */
  sample<T>(population: readonly T[], count: number): T[] {
    const size = population.length;
    if (!Number.isInteger(count) || count < 0 || count > size) {
      throw new RangeError(`cannot draw ${count} of ${size} without repeating`);
    }
    // CPython picks the algorithm by which container would be smaller; the two consume the stream differently.
    const setSize = count > 5 ? 21 + 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 21;
    return size <= setSize ? this.sampleFromPool(population, count) : this.sampleBySet(population, count);
  }

  /** `count` draws with replacement, all items equally likely. */
  choices<T>(population: readonly T[], count: number): T[] {
    const size = population.length;
    if (size === 0) throw new RangeError("cannot choose from nothing");
    return Array.from({ length: count }, () => population[Math.floor(this.random() * size)] as T);
  }

  private sampleFromPool<T>(population: readonly T[], count: number): T[] {
    const pool = [...population];
    return Array.from({ length: count }, (_, drawn) => {
      const left = pool.length - drawn;
      const j = this.randbelow(left);
      const item = pool[j] as T;
      pool[j] = pool[left - 1] as T;
      return item;
    });
  }

  private sampleBySet<T>(population: readonly T[], count: number): T[] {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.randbelow(population.length));
    return Array.from(chosen, (j) => population[j] as T);
  }

  /** The generator's next 32-bit output, as a signed integer. */
  private word(): number {
    if (this.next === WORDS) this.regenerate();
    return this.outputs[this.next++] as number;
  }

  /** Advances the state and tempers all of it at once, which leaves little to do in each draw. */
  private regenerate(): void {
    const mt = this.state;
    for (let i = 0; i < WORDS - SHIFT; i++) twist(mt, i, i + 1, i + SHIFT);
    for (let i = WORDS - SHIFT; i < WORDS - 1; i++) twist(mt, i, i + 1, i + SHIFT - WORDS);
    twist(mt, WORDS - 1, 0, SHIFT - 1);
    for (let i = 0; i < WORDS; i++) {
      let y = mt[i] as number;
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      this.outputs[i] = y ^ (y >>> 18);
    }
    this.next = 0;
  }

  private seedByArray(key: readonly number[]): void {
    const mt = this.state;
    const mixed = (i: number) => (mt[i] as number) ^ ((mt[i] as number) >>> 30);
    mt[0] = 19650218;
    for (let i = 1; i < WORDS; i++) mt[i] = Math.imul(1812433253, mixed(i - 1)) + i;
    let i = 1;
    const advance = () => {
      i++;
      if (i < WORDS) return;
      mt[0] = mt[WORDS - 1] as number;
      i = 1;
    };
    for (let step = 0; step < Math.max(WORDS, key.length); step++) {
      const j = step % key.length;
      mt[i] = ((mt[i] as number) ^ Math.imul(mixed(i - 1), 1664525)) + (key[j] as number) + j;
      advance();
    }
    for (let step = 0; step < WORDS - 1; step++) {
      mt[i] = ((mt[i] as number) ^ Math.imul(mixed(i - 1), 1566083941)) - i;
      advance();
    }
    mt[0] = UPPER;
    this.next = WORDS;
  }
}

function twist(mt: Int32Array, i: number, next: number, far: number): void {
  const y = ((mt[i] as number) & UPPER) | ((mt[next] as number) & LOWER);
  mt[i] = (mt[far] as number) ^ (y >>> 1) ^ (-(y & 1) & MATRIX);
}

/** The 32-bit words of |seed|, least significant first; zero is one word. */
function wordsOf(seed: bigint): number[] {
  const words: number[] = [];
  let rest = seed < 0n ? -seed : seed;
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

function bitLength(n: number): number {
  const high = Math.floor(n / 4294967296);
  return high === 0 ? 32 - Math.clz32(n) : 64 - Math.clz32(high);
}
