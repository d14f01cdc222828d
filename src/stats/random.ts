/** A seeded source of randomness: the same seed gives the same sequence on every machine. */
export interface Random {
  /** The next 32 random bits, an integer in [0, 2^32). */
  uint32(): number;
  /** Uniform in [0, 1), with 53 random bits. */
  float(): number;
  /**
   * A uniform integer in [0, n), without modulo bias.
   *
   * @param n an integer in [1, 2^32]
   * @throws RangeError for any other n
   */
  below(n: number): number;
  /** A uniformly shuffled copy (Fisher–Yates, Durstenfeld's form); the argument is left as it is. */
  shuffle<T>(items: readonly T[]): T[];
}

const TWO_32 = 0x1_0000_0000;

/**
 * Makes a generator from a seed.
 *
 * xoshiro128** 1.1 (Blackman & Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 47(4), 2021; period 2^128 - 1), its four words of state
 * filled by splitmix32 (a 32-bit Weyl sequence with MurmurHash3's finaliser) so
 * that neighbouring seeds give unrelated sequences. Not for cryptography.
 *
 * @param seed any safe integer; both its low and its high 32 bits count
 * @throws RangeError when the seed isn't a safe integer
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`a seed is an integer between -(2^53 - 1) and 2^53 - 1, not ${seed}`);
  }
  const low = seed >>> 0;
  const high = Math.floor(seed / TWO_32) >>> 0;
  // A seed below 2^32 has high = 0 and so starts splitmix32 exactly at the seed.
  const fill = splitmix32((low ^ Math.imul(high, 0x85ebca6b)) >>> 0);
  let s0 = fill();
  let s1 = fill();
  let s2 = fill();
  let s3 = fill();
  // The all-zero state is the one that xoshiro can't leave.
  if ((s0 | s1 | s2 | s3) === 0) s3 = 1;

  function uint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  }

  function float(): number {
    const upper = uint32() >>> 5;
    const lower = uint32() >>> 6;
    return (upper * 0x400_0000 + lower) / 0x20_0000_0000_0000;
  }

  function below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) {
      throw new RangeError(`below(n) wants an integer from 1 to 2^32, not ${n}`);
    }
    // Values from the incomplete last stretch of 2^32 would favour small results: draw again.
    const limit = TWO_32 - (TWO_32 % n);
    for (;;) {
      const value = uint32();
      if (value < limit) return value % n;
    }
  }

  function shuffle<T>(items: readonly T[]): T[] {
    const copy = items.slice();
    for (let last = copy.length - 1; last > 0; last--) {
      const other = below(last + 1);
      const kept = copy[last] as T;
      copy[last] = copy[other] as T;
      copy[other] = kept;
    }
    return copy;
  }

  return { uint32, float, below, shuffle };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function splitmix32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}
