import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type Pair,
  pairedDelta,
  pairedRatio,
  SIGN_TEST_MIN_PAIRS,
  signTest,
} from '../../src/stats/paired.js';
import { createRandom } from '../../src/stats/random.js';
import { nextTrials } from '../../src/stats/stopping.js';
import { BLOCKED, type Blocked } from './populations.js';

/** Hind and fore legs of deer in cm (Zar, Biostatistical Analysis, the example of the sign test). */
const LEGS: readonly Pair[] = [
  [138, 142],
  [136, 140],
  [147, 144],
  [139, 144],
  [143, 142],
  [141, 146],
  [143, 149],
  [145, 150],
  [136, 142],
  [146, 148],
];

/** Pairs whose quotients are 1 to n. */
function risingPairs(n: number): Pair[] {
  return Array.from({ length: n }, (_, i): Pair => [1, n - i]);
}

/** So many of n pairs go up. */
function split(up: number, n: number): Pair[] {
  return Array.from({ length: n }, (_, i): Pair => (i < up ? [1, 2] : [2, 1]));
}

const swapped = (pairs: readonly Pair[]) => pairs.map(([a, b]): Pair => [b, a]);

describe('pairedRatio', () => {
  // Conover, Practical Nonparametric Statistics, 3.2; the same ranks are in every table of it.
  it.each([
    [6, 1],
    [7, 1],
    [8, 1],
    [9, 2],
    [10, 2],
    [11, 2],
    [12, 3],
    [15, 4],
    [20, 6],
    [25, 8],
  ])('of %i pairs reaches from rank %i to the one opposite', (n, rank) => {
    const { ci95, method } = pairedRatio(risingPairs(n));
    expect(ci95).toEqual([rank, n + 1 - rank]);
    expect(method).toBe('order-statistics');
  });

  it('takes ranks further out at a higher level', () => {
    expect(pairedRatio(risingPairs(8), { level: 0.99 }).ci95).toEqual([1, 8]);
    expect(pairedRatio(risingPairs(25), { level: 0.99 }).ci95).toEqual([6, 20]);
  });

  it('is the median quotient, of an even number the geometric mean of the middle two', () => {
    const odd: Pair[] = [
      [10, 20],
      [10, 30],
      [10, 80],
    ];
    expect(pairedRatio(odd).ratio).toBe(3);
    expect(pairedRatio([...odd, [10, 120]]).ratio).toBeCloseTo(Math.sqrt(3 * 8), 12);
  });

  it('with too few pairs for its level is Student’s, and never narrower than the quotients', () => {
    const few: Pair[] = [
      [100, 110],
      [100, 112],
      [100, 111],
      [100, 111],
      [100, 190],
    ];
    const { ci95, method } = pairedRatio(few);
    expect(few.length).toBeLessThan(SIGN_TEST_MIN_PAIRS);
    expect(method).toBe('student-log');
    expect(ci95?.[0]).toBeLessThanOrEqual(1.1);
    expect(ci95?.[1]).toBeGreaterThanOrEqual(1.9);
    const beyond = pairedRatio(risingPairs(10), { level: 0.9999 });
    expect(beyond.method).toBe('student-log');
    expect(beyond.ci95?.[0]).toBeLessThanOrEqual(1);
    expect(beyond.ci95?.[1]).toBeGreaterThanOrEqual(10);
  });

  it('is never narrower than the steps of both figures', () => {
    const equal = Array.from({ length: 20 }, (): Pair => [100, 200]);
    expect(pairedRatio(equal).ci95).toBeNull();
    const { ci95 } = pairedRatio(equal, { resolutions: [1, 1] });
    expect((ci95?.[1] ?? 0) - (ci95?.[0] ?? 0)).toBeCloseTo(2 * (1 / 100 + 1 / 200), 12);
  });

  it('has no interval of one pair, and no ratio of none or of figures that are 0', () => {
    expect(pairedRatio([[2, 3]])).toEqual({ ratio: 1.5, ci95: null, method: null });
    const nothing = { ratio: null, ci95: null, method: null };
    expect(pairedRatio([])).toEqual(nothing);
    expect(pairedRatio([...risingPairs(9), [0, 1]])).toEqual(nothing);
  });

  it('refuses what is not finite, and a level that is none', () => {
    expect(() => pairedRatio([[1, Number.NaN]])).toThrow(RangeError);
    expect(() => pairedRatio(risingPairs(9), { level: 1 })).toThrow(RangeError);
  });
});

describe('signTest', () => {
  it.each([
    ['legs of deer, 8 of 10', LEGS, 0.109375],
    // Conover, Practical Nonparametric Statistics, 3.4: 8 of 9 prefer, one is indifferent.
    ['8 of 9 and a tie', [...split(8, 9), [5, 5] as Pair], 20 / 512],
    ['3 of 20', split(3, 20), 0.002577],
    ['10 of 20', split(10, 20), 1],
    ['0 of 41', split(0, 41), 2 ** -40],
    ['no pair that differs', [[1, 1] as Pair], 1],
    ['no pair', [], 1],
  ])('%s', (_, pairs, p) => {
    expect(signTest(pairs)).toBeCloseTo(p, 6);
    expect(signTest(swapped(pairs))).toBe(signTest(pairs));
  });

  it('is exact for thousands of pairs', () => {
    // By the normal approximation: z = (2400.5 - 2500) / sqrt(1250) = -2.81.
    expect(signTest(split(2400, 5000))).toBeCloseTo(0.0049, 3);
  });
});

test('pairedDelta is the share of pairs that go up less that of those that go down', () => {
  expect(pairedDelta(LEGS)).toBeCloseTo(0.6, 12);
  expect(pairedDelta(split(20, 20))).toBe(1);
  expect(pairedDelta([...split(0, 1), [3, 3]])).toBe(-0.5);
  expect(pairedDelta([])).toBeNaN();
});

describe('any pairs', () => {
  const figure = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  const anyPairs = fc.array(fc.tuple(figure, figure), { minLength: 2, maxLength: 40 });

  it('swapped have the reciprocal ratio and interval', () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        const [one, other] = [pairedRatio(pairs), pairedRatio(swapped(pairs))];
        expect((one.ratio ?? 0) * (other.ratio ?? 0)).toBeCloseTo(1, 9);
        expect(one.ci95 === null).toBe(other.ci95 === null);
        if (one.ci95 === null || other.ci95 === null) return;
        expect(one.ci95[0] * other.ci95[1]).toBeCloseTo(1, 9);
        expect(one.ci95[1] * other.ci95[0]).toBeCloseTo(1, 9);
      }),
    );
  });

  it('each slower by a factor of its own that both members share are as they were', () => {
    fc.assert(
      fc.property(anyPairs, fc.array(figure, { minLength: 40, maxLength: 40 }), (pairs, drift) => {
        const drifted = pairs.map(([a, b], i): Pair => {
          const factor = drift[i] as number;
          return [a * factor, b * factor];
        });
        const [one, other] = [pairedRatio(pairs), pairedRatio(drifted)];
        expect((other.ratio ?? 0) / (one.ratio ?? 1)).toBeCloseTo(1, 9);
        for (const end of [0, 1] as const) {
          const [was, is] = [one.ci95?.[end] ?? 1, other.ci95?.[end] ?? 1];
          expect(is / was).toBeCloseTo(1, 9);
        }
      }),
    );
  });

  it('in any order are the same, and their interval holds their ratio', () => {
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        const found = pairedRatio(pairs);
        expect(pairedRatio([...pairs].reverse()).ratio).toBe(found.ratio);
        if (found.ci95 === null || found.ratio === null) return;
        expect(found.ci95[0]).toBeLessThanOrEqual(found.ratio);
        expect(found.ci95[1]).toBeGreaterThanOrEqual(found.ratio);
      }),
    );
  });

  it('have a p below 5 % exactly when the interval excludes 1, from 6 pairs on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 60 }), fc.nat(), (n, seed) => {
        const random = createRandom(seed);
        const pairs = Array.from({ length: n }, (): Pair => [1, 0.6 + random.float()]);
        const [low, high] = pairedRatio(pairs).ci95 as readonly [number, number];
        expect(low > 1 || high < 1).toBe(signTest(pairs) <= 0.05);
      }),
    );
  });
});

/** Share of simulated comparisons for which it holds; seeds are fixed, so it is always the same. */
function share({ draw }: Blocked, blocks: number, holds: (pairs: Pair[]) => boolean): number {
  const times = 3000;
  const random = createRandom(blocks);
  let count = 0;
  for (let i = 0; i < times; i++) if (holds(draw(blocks, random))) count++;
  return count / times;
}

describe.each(BLOCKED.map((one) => [one.name, one] as const))('%s', (_, blocked) => {
  const covers = (ratio: number) => (pairs: Pair[]) => {
    const scaled = pairs.map(([a, b]): Pair => [a, b * ratio]);
    const { ci95 } = pairedRatio(scaled);
    return ci95 !== null && ci95[0] <= ratio && ratio <= ci95[1];
  };

  // Three standard errors of 3000 simulations below 95 %.
  it.each([6, 8, 11, 17, 41, 101])('the interval of %i blocks holds the true ratio', (blocks) => {
    expect(share(blocked, blocks, covers(1.05))).toBeGreaterThanOrEqual(0.938);
  });

  it.each([0.03, 0.01])(
    'so does that of a comparison that stops when it is within %d',
    (precision) => {
      const target = { precision, minTrials: 6, maxTrials: 500 };
      const random = createRandom(1);
      const times = 300;
      let held = 0;
      for (let i = 0; i < times; i++) {
        const pairs = blocked.draw(500, random);
        let blocks = 6;
        for (let more = 1; more > 0; blocks += more) {
          const { ratio, ci95 } = pairedRatio(pairs.slice(0, blocks));
          more = nextTrials({ trials: blocks, estimate: { median: ratio, ci95 } }, target);
        }
        if (covers(1)(pairs.slice(0, blocks))) held++;
      }
      // Two standard errors of 300 simulations below 94 %.
      expect(held / times).toBeGreaterThanOrEqual(0.912);
    },
  );

  it.each([3, 4, 5])('so does Student’s of %i blocks', (blocks) => {
    expect(share(blocked, blocks, covers(1.05))).toBeGreaterThanOrEqual(0.93);
  });

  it.each([6, 11, 41])('%i blocks of two equals are rarely told apart', (blocks) => {
    expect(share(blocked, blocks, (pairs) => signTest(pairs) <= 0.05)).toBeLessThanOrEqual(0.05);
    expect(share(blocked, blocks, (pairs) => !covers(1)(pairs))).toBeLessThanOrEqual(0.05);
  });
});
