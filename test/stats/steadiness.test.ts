import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalDeviate } from '../../src/stats/deviates.js';
import { createRandom } from '../../src/stats/random.js';
import { steadiness, steadinessOfSamples, tenthsOf } from '../../src/stats/steadiness.js';

describe('steadiness of tenths', () => {
  test('one level is steady', () => {
    const tenths = [100, 101, 99, 100, 102, 100, 98, 100, 101, 100];
    expect(steadiness(tenths)).toMatchObject({ verdict: 'steady', at: 0 });
  });

  test('a warm-up that was too short: drifting, steady from the third tenth on', () => {
    const tenths = [150, 120, 100, 101, 99, 100, 100, 101, 100, 99];
    expect(steadiness(tenths)).toMatchObject({ verdict: 'drifting', at: 2 });
  });

  test('a steady rise: drifting, without a place from which it is steady', () => {
    const tenths = Array.from({ length: 10 }, (_, i) => 100 + 5 * i);
    const { verdict, slope, at } = steadiness(tenths);
    expect({ verdict, at }).toEqual({ verdict: 'drifting', at: null });
    expect(slope).toBeCloseTo(5 / 122.5, 12);
  });

  test('a level that jumps is never steady', () => {
    const tenths = [100, 130, 100, 131, 100, 130, 99, 130, 100, 130];
    expect(steadiness(tenths)).toMatchObject({ verdict: 'never steady', at: null });
  });

  test('one that changes late neither: no cut at the start helps', () => {
    const tenths = [100, 100, 101, 100, 100, 99, 100, 100, 150, 150];
    expect(steadiness(tenths)).toMatchObject({ verdict: 'never steady', at: null });
  });

  test('a rise within the tolerance is none, however even', () => {
    const tenths = Array.from({ length: 10 }, (_, i) => 100 + 0.5 * i);
    expect(steadiness(tenths).verdict).toBe('steady');
    expect(steadiness(tenths, { tolerance: 0.01 }).verdict).toBe('drifting');
    expect(steadiness(tenths, { tolerance: 0.01, error: 2 }).verdict).toBe('steady');
  });

  test('the slope: scipy.stats.theilslopes (1.17.1) gives 0.3 for these', () => {
    const tenths = [10.0, 10.4, 10.1, 10.9, 11.2, 11.0, 11.8, 12.1, 11.9, 12.5];
    expect(steadiness(tenths).slope * 11.1).toBeCloseTo(0.3, 10);
  });

  test('the trend: at 1 %, ten tenths may have 8 of 45 pairs the wrong way round, not 9', () => {
    // scipy.stats.kendalltau(method="exact"): p = 0.0092 with 8 discordant pairs, 0.0167 with 9.
    const withInversions = (moved: readonly number[]) => steadiness(moved).verdict;
    // The largest in front of eight others has 8 pairs the wrong way round.
    const late = (place: number) => {
      const order = [100, 110, 120, 130, 140, 150, 160, 170, 180];
      return [...order.slice(0, place), 190, ...order.slice(place)];
    };
    expect(withInversions(late(1))).toBe('drifting');
    expect(withInversions(late(0))).toBe('never steady');
  });

  test('the unit doesn’t matter', () => {
    const tenth = fc.integer({ min: 50, max: 200 });
    fc.assert(
      fc.property(fc.array(tenth, { minLength: 10, maxLength: 10 }), (tenths) => {
        const { verdict, slope, at } = steadiness(tenths);
        const scaled = steadiness(tenths.map((value) => value * 1024));
        expect(scaled).toMatchObject({ verdict, at });
        expect(scaled.slope).toBeCloseTo(slope, 12);
      }),
    );
  });

  test('zeros are steady; too few or NaN are refused', () => {
    expect(steadiness([0, 0, 0, 0])).toEqual({ verdict: 'steady', slope: 0, at: 0 });
    expect(() => steadiness([1, 2, 3])).toThrow(RangeError);
    expect(() => steadiness([1, 2, 3, Number.NaN])).toThrow(RangeError);
  });
});

describe('steadiness of samples', () => {
  test('too few say nothing', () => {
    expect(tenthsOf(Array<number>(99).fill(1))).toBeNull();
    expect(steadinessOfSamples(Array<number>(99).fill(1))).toBeNull();
  });

  test('tenths are in order, of all samples', () => {
    const samples = Array.from({ length: 105 }, (_, i) => Math.floor(i / 10.5));
    expect(tenthsOf(samples)?.medians).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('the error of a tenth’s median is about what theory says: 1.2533 σ / √m', () => {
    const random = createRandom(8);
    const samples = Array.from({ length: 20_000 }, () => 1000 + 50 * normalDeviate(random));
    const theory = (1.2533 * 50) / Math.sqrt(2000);
    expect(Math.abs((tenthsOf(samples)?.error ?? 0) / theory - 1)).toBeLessThan(0.35);
  });

  test.each([
    ['skewed, few samples', 100, 0.5, 0],
    ['skewed, many samples', 3000, 0.5, 0],
    ['autocorrelated', 2000, 0.3, 0.8],
  ])('one level is called anything else at most 3 times of 200: %s', (_, n, spread, phi) => {
    const random = createRandom(n);
    let alarms = 0;
    for (let i = 0; i < 200; i++) {
      let state = 0;
      const samples = Array.from({ length: n }, () => {
        state = phi * state + Math.sqrt(1 - phi ** 2) * normalDeviate(random);
        return 1000 * Math.exp(spread * state);
      });
      if (steadinessOfSamples(samples)?.verdict !== 'steady') alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(3);
  });

  test('a drift of 30 % and jumps of 40 % are found in every one of 50 noisy trials', () => {
    const random = createRandom(5);
    const trial = (level: (share: number) => number) =>
      Array.from(
        { length: 4000 },
        (_, i) => level(i / 4000) * Math.exp(0.3 * normalDeviate(random)),
      );
    for (let i = 0; i < 50; i++) {
      const drift = trial((share) => 1000 * (1 + 0.3 * share));
      const jumps = trial((share) => (Math.floor(share * 5) % 2 === 0 ? 1000 : 1400));
      expect(steadinessOfSamples(drift)?.verdict).toBe('drifting');
      expect(steadinessOfSamples(jumps)?.verdict).toBe('never steady');
    }
  });
});
