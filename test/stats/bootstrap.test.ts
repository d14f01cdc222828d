import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandedTail, medianOfTrials, ratioOfMedians } from '../../src/stats/bootstrap.js';
import { quantile } from '../../src/stats/quantile.js';
import { createRandom, type Random } from '../../src/stats/random.js';

const figure = fc.double({ min: 1, max: 1e6, noNaN: true });

describe('medianOfTrials', () => {
  test('no trial: nothing; one: a median without interval', () => {
    expect(medianOfTrials([], { seed: 1 })).toEqual({ median: null, ci95: null, method: null });
    expect(medianOfTrials([7], { seed: 1 })).toEqual({ median: 7, ci95: null, method: null });
  });

  test('equal trials: no interval of width zero', () => {
    for (const n of [2, 3, 5, 9]) {
      const estimate = medianOfTrials(Array<number>(n).fill(5.3), { seed: 1 });
      expect(estimate).toEqual({ median: 5.3, ci95: null, method: null });
    }
  });

  test('equal trials with a known resolution: an interval as wide as that', () => {
    const { ci95, method } = medianOfTrials([500, 500, 500, 500, 500], { seed: 1, resolution: 2 });
    expect(ci95).toEqual([499, 501]);
    expect(method).toBe('bootstrap');
  });

  test('three trials: Student’s t on logarithms, worked by hand', () => {
    const values = [100, 110, 121];
    const step = Math.log(1.1);
    const half = (4.302652729911275 * step) / Math.sqrt(3);
    const { median, ci95, method } = medianOfTrials(values, { seed: 1 });
    expect(median).toBe(110);
    expect(method).toBe('student-log');
    expect(ci95?.[0]).toBeCloseTo(110 * Math.exp(-half), 6);
    expect(ci95?.[1]).toBeCloseTo(110 * Math.exp(half), 6);
  });

  test('five trials: from the smallest to the largest, as far as resampling can go', () => {
    const { ci95, method } = medianOfTrials([103, 101, 102, 105, 104], { seed: 3 });
    expect(ci95).toEqual([101, 105]);
    expect(method).toBe('bootstrap');
  });

  test('the same seed gives the same interval, and it holds the median', () => {
    fc.assert(
      fc.property(
        fc.array(figure, { minLength: 2, maxLength: 15 }),
        fc.integer({ min: 0, max: 2 ** 32 }),
        (values, seed) => {
          const options = { seed, resamples: 300 };
          const estimate = medianOfTrials(values, options);
          expect(medianOfTrials(values, options)).toEqual(estimate);
          if (estimate.ci95 === null) return;
          expect(estimate.ci95[0]).toBeLessThanOrEqual(estimate.median as number);
          expect(estimate.ci95[1]).toBeGreaterThanOrEqual(estimate.median as number);
          expect(estimate.ci95[1]).toBeGreaterThan(estimate.ci95[0]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('refuses what isn’t finite', () => {
    expect(() => medianOfTrials([1, Number.NaN, 3], { seed: 1 })).toThrow(RangeError);
    expect(() => medianOfTrials([1, Number.POSITIVE_INFINITY], { seed: 1 })).toThrow(RangeError);
  });

  test.each([3, 5, 6, 10])(
    'covers the true median about 95 %% of the time, %i skewed trials',
    (n) => {
      const random = createRandom(n);
      const covered = count(250, (seed) => {
        const values = Array.from({ length: n }, () => 1000 * Math.exp(0.1 * normal(random)));
        const { ci95 } = medianOfTrials(values, { seed, resamples: 600 });
        return ci95 !== null && ci95[0] <= 1000 && ci95[1] >= 1000;
      });
      // 93.75 % is the least by design; three standard deviations of 250 draws are 4.6 %.
      expect(covered / 250).toBeGreaterThan(0.89);
    },
  );
});

describe('level', () => {
  test.each([3, 9])('of %i trials: a higher one is wider, 95 %% unless given', (n) => {
    const values = Array.from({ length: n }, (_, i) => 100 + i * 3.7);
    const at = (level?: number) =>
      medianOfTrials(values, level === undefined ? { seed: 1 } : { seed: 1, level }).ci95;
    expect(at()).toEqual(at(0.95));
    expect(width(at(0.6))).toBeLessThan(width(at(0.95)));
    expect(width(at(0.99))).toBeGreaterThan(width(at(0.95)));
    const ratio = (level: number) => ratioOfMedians(values, values, { seed: 1, level }).ci95;
    expect(width(ratio(0.6))).toBeLessThan(width(ratio(0.99)));
  });

  test('refuses what is no level', () => {
    for (const level of [0, 1, 95, Number.NaN]) {
      expect(() => medianOfTrials([1, 2], { seed: 1, level })).toThrow(RangeError);
      expect(() => ratioOfMedians([1, 2], [1, 2], { seed: 1, level })).toThrow(RangeError);
    }
  });
});

test.each([16, 17, 40, 101])('the median of a resample of %i is that of drawn values', (n) => {
  const values = Array.from({ length: n }, (_, i) => i);
  const random = createRandom(n);
  const drawn = Array.from({ length: 20_000 }, () =>
    quantile(
      values.map(() => random.below(n)),
      0.5,
    ),
  );
  for (const level of [0.5, 0.8, 0.95]) {
    const { ci95 } = medianOfTrials(values, { seed: 1, level, resamples: 20_000 });
    const tail = expandedTail(n, n - 1, level);
    expect(Math.abs((ci95?.[0] ?? Number.NaN) - quantile(drawn, tail))).toBeLessThanOrEqual(1);
    expect(Math.abs((ci95?.[1] ?? Number.NaN) - quantile(drawn, 1 - tail))).toBeLessThanOrEqual(1);
  }
});

describe('hierarchical bootstrap', () => {
  test('samples that scatter widen the interval, samples that don’t leave it', () => {
    const random = createRandom(5);
    const medians = [100, 101, 102, 103, 104, 105, 106, 107];
    const scattered = medians.map((m) => Array.from({ length: 25 }, () => m + 20 * normal(random)));
    const constant = medians.map((m) => [m, m, m]);
    const plain = width(medianOfTrials(medians, { seed: 1 }).ci95);
    expect(width(medianOfTrials(medians, { seed: 1, samples: constant }).ci95)).toBeCloseTo(
      plain,
      0,
    );
    const wide = medianOfTrials(medians, { seed: 1, samples: scattered });
    expect(width(wide.ci95)).toBeGreaterThan(plain);
    expect(wide.method).toBe('hierarchical-bootstrap');
  });

  test('of a ratio: samples of both sides are redrawn', () => {
    const random = createRandom(6);
    const a = [100, 101, 102, 103, 104, 105];
    const scattered = a.map((m) => Array.from({ length: 25 }, () => m + 20 * normal(random)));
    const plain = ratioOfMedians(a, a, { seed: 1 });
    const wide = ratioOfMedians(a, a, { seed: 1, samples: scattered, samplesB: scattered });
    expect(plain.method).toBe('bootstrap');
    expect(wide.method).toBe('hierarchical-bootstrap');
    expect(width(wide.ci95)).toBeGreaterThan(width(plain.ci95));
  });

  test('wants samples of every trial', () => {
    const samples = [[1], [2], [3], [4]];
    expect(() => medianOfTrials([1, 2, 3, 4, 5], { seed: 1, samples })).toThrow(RangeError);
  });
});

describe('ratioOfMedians', () => {
  test('its direction: twice the time is a ratio of 2', () => {
    const { ratio, ci95 } = ratioOfMedians(
      [20, 20.2, 19.8, 20.1, 19.9],
      [10, 10.1, 9.9, 10.2, 9.8],
      {
        seed: 1,
      },
    );
    expect(ratio).toBeCloseTo(2, 12);
    expect(ci95?.[0]).toBeGreaterThan(1.9);
    expect(ci95?.[1]).toBeLessThan(2.1);
  });

  test('one trial on a side: a ratio without interval; none: nothing', () => {
    expect(ratioOfMedians([2], [1, 1.1, 1.2, 1, 1.3], { seed: 1 }).ci95).toBeNull();
    expect(ratioOfMedians([2], [4], { seed: 1 })).toEqual({ ratio: 0.5, ci95: null, method: null });
    expect(ratioOfMedians([], [1, 2], { seed: 1 }).ratio).toBeNull();
    expect(ratioOfMedians([1, 2], [0, 0], { seed: 1 }).ratio).toBeNull();
  });

  test('all equal: no interval unless the resolution is known', () => {
    const same = [5, 5, 5, 5, 5];
    expect(ratioOfMedians(same, same, { seed: 1 })).toEqual({ ratio: 1, ci95: null, method: null });
    expect(ratioOfMedians(same, same, { seed: 1, resolution: 0.5 }).ci95).toEqual([0.9, 1.1]);
  });

  test('medians below the resolution have no interval', () => {
    const tiny = [0.1, 0.2, 0.1, 0.2, 0.3];
    expect(ratioOfMedians(tiny, tiny, { seed: 1, resolution: 1 }).ci95).toBeNull();
    expect(medianOfTrials(tiny, { seed: 1, resolution: 1 }).ci95?.[0]).toBe(0);
  });

  test('turning it round gives the reciprocal', () => {
    const side = fc.array(figure, { minLength: 5, maxLength: 9 });
    fc.assert(
      fc.property(side, side, (a, b) => {
        const there = ratioOfMedians(a, b, { seed: 1, resamples: 500 });
        const back = ratioOfMedians(b, a, { seed: 1, resamples: 500 });
        expect((there.ratio as number) * (back.ratio as number)).toBeCloseTo(1, 9);
      }),
      { numRuns: 40 },
    );
  });

  test.each([3, 5])('two groups that are the same are rarely separated, %i trials', (n) => {
    const random = createRandom(n);
    const draw = () => Array.from({ length: n }, () => 1000 + 10 * normal(random));
    const separated = count(250, (seed) => {
      const { ci95 } = ratioOfMedians(draw(), draw(), { seed, resamples: 600 });
      return ci95 !== null && (ci95[0] > 1 || ci95[1] < 1);
    });
    expect(separated / 250).toBeLessThan(0.09);
  });

  test('an effect of 5 % under noise of 1 % is found', () => {
    const random = createRandom(9);
    const draw = (mean: number) =>
      Array.from({ length: 5 }, () => mean * (1 + 0.01 * normal(random)));
    const found = count(60, (seed) => {
      const { ci95 } = ratioOfMedians(draw(1050), draw(1000), { seed, resamples: 600 });
      return ci95 !== null && ci95[0] > 1;
    });
    expect(found).toBeGreaterThanOrEqual(54);
  });
});

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}

function count(times: number, happens: (i: number) => boolean): number {
  let total = 0;
  for (let i = 0; i < times; i++) if (happens(i)) total++;
  return total;
}

function width(interval: readonly [number, number] | null): number {
  return interval === null ? Number.NaN : interval[1] - interval[0];
}
