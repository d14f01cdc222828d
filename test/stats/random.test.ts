import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/stats/random.js';

describe('createRandom', () => {
  test('is xoshiro128** 1.1: the words follow the reference recurrence', () => {
    // An independent transcription with 64-bit integers, seeded as documented.
    const mask = 0xffffffffn;
    const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
    let weyl = 12345n;
    const splitmix = () => {
      weyl = (weyl + 0x9e3779b9n) & mask;
      let z = weyl;
      z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask;
      z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask;
      return z ^ (z >> 16n);
    };
    const s = [splitmix(), splitmix(), splitmix(), splitmix()] as [bigint, bigint, bigint, bigint];
    const next = () => {
      const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask;
      const t = (s[1] << 9n) & mask;
      s[2] ^= s[0];
      s[3] ^= s[1];
      s[1] ^= s[2];
      s[0] ^= s[3];
      s[2] ^= t;
      s[3] = rotate(s[3], 11n);
      return Number(result);
    };
    const random = createRandom(12345);
    for (let i = 0; i < 200; i++) expect(random.uint32()).toBe(next());
  });

  test('the same seed gives the same sequence, another one another', () => {
    const sequence = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 8 }, () => random.uint32());
    };
    expect(sequence(7)).toEqual(sequence(7));
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 33, Number.MAX_SAFE_INTEGER];
    expect(new Set(seeds.map((seed) => sequence(seed).join())).size).toBe(seeds.length);
  });

  test('floats are in [0, 1)', () => {
    const random = createRandom(1);
    for (let i = 0; i < 1000; i++) {
      const value = random.float();
      expect(value >= 0 && value < 1).toBe(true);
    }
  });

  test('below stays in its range and takes every value about equally often', () => {
    const random = createRandom(3);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 6000; i++) {
      const value = random.below(6);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // 1000 expected, a standard deviation of 29: six of them are beyond chance.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(174);
  });

  test('refuses what has no meaning', () => {
    const random = createRandom(1);
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) {
      expect(() => random.below(n)).toThrow(RangeError);
    }
    expect(random.below(1)).toBe(0);
    for (const seed of [0.5, Number.NaN, 2 ** 53])
      expect(() => createRandom(seed)).toThrow(RangeError);
  });

  test('a shuffle keeps the items and leaves its argument alone', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), fc.integer(), (items, seed) => {
        const before = [...items];
        const shuffled = createRandom(seed).shuffle(items);
        expect(items).toEqual(before);
        expect(shuffled).toHaveLength(items.length);
        expect(new Set(shuffled)).toEqual(new Set(items));
      }),
    );
  });

  test('every order of three items comes up about equally often', () => {
    const random = createRandom(11);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(174);
  });
});
