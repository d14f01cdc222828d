import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXACT_MAX_VALUES, mannWhitney } from '../../src/stats/mann-whitney.js';
import { createRandom } from '../../src/stats/random.js';

const few = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });

describe('published examples', () => {
  test('permeability of the chorioamnion (Hollander & Wolfe, 1973, table 4.1; in R’s ?wilcox.test)', () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    // R: wilcox.test(x, y, alternative = "g") has W = 35, p-value = 0.1272.
    const { u, p, exact } = mannWhitney(atTerm, early);
    expect({ u, exact }).toEqual({ u: 35, exact: true });
    expect(p).toBeCloseTo(0.2544122544122544, 14);
    expect(p / 2).toBeCloseTo(0.1272, 4);
  });

  test('age at diagnosis of diabetes (in SciPy’s mannwhitneyu)', () => {
    const { u, p } = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]);
    expect(u).toBe(17);
    expect(p).toBeCloseTo(0.1111111111111111, 14);
  });
});

describe('SciPy 1.17.1 gives the same', () => {
  test('20 and 20 values, method="exact"', () => {
    const low = Array.from({ length: 20 }, (_, i) => i);
    const { u, p } = mannWhitney(
      low,
      low.map((value) => value + 4.5),
    );
    expect(u).toBe(120);
    expect(p).toBeCloseTo(0.030411256038764864, 13);
  });

  test.each([
    // permutation_test of the statistic over all permutations
    [[1, 2, 2, 3, 4, 4, 5], [2, 3, 3, 4, 6], 14, 0.6540404040404041],
    [[1, 1, 1, 2], [1, 2, 3, 3, 3, 3], 3, 0.08571428571428572],
  ])('with ties, exact: %j and %j', (a, b, u, p) => {
    const result = mannWhitney(a, b);
    expect(result.u).toBe(u);
    expect(result.p).toBeCloseTo(p, 14);
    expect(result.exact).toBe(true);
  });

  test('40 and 35 values with ties, method="asymptotic"', () => {
    const a = Array.from({ length: 40 }, (_, i) => 100 + ((i * 37) % 53) * 0.5);
    const b = Array.from({ length: 35 }, (_, i) => 103 + ((i * 29) % 47) * 0.5);
    const { u, p, exact } = mannWhitney(a, b);
    expect({ u, exact }).toEqual({ u: 617.5, exact: false });
    expect(p).toBeCloseTo(0.38375533377380644, 12);
  });
});

describe('properties', () => {
  test('exact p is what going through all choices gives', () => {
    fc.assert(
      fc.property(few, few, (a, b) => {
        expect(mannWhitney(a, b).p).toBeCloseTo(enumerated(a, b), 12);
      }),
      { numRuns: 60 },
    );
  });

  test('the two groups exchanged: the same p, and all pairs between the two u', () => {
    fc.assert(
      fc.property(few, few, (a, b) => {
        const [there, back] = [mannWhitney(a, b), mannWhitney(b, a)];
        expect(there.p).toBeCloseTo(back.p, 12);
        expect(there.u + back.u).toBe(a.length * b.length);
      }),
    );
  });

  test('where the approximation takes over, it is near the exact value', () => {
    const a = Array.from({ length: 26 }, (_, i) => i);
    const b = Array.from({ length: EXACT_MAX_VALUES - 25 }, (_, i) => i * 1.3 + 6.51);
    const { p, exact } = mannWhitney(a, b);
    expect(exact).toBe(false);
    // SciPy 1.17.1: 0.000633 with method="exact", this with method="asymptotic".
    expect(p).toBeCloseTo(0.0008821155103614654, 14);
    expect(mannWhitney(a.slice(1), b).exact).toBe(true);
  });

  test('of groups that are alike, at most 5 in 100 are below 0.05', () => {
    const random = createRandom(17);
    const draw = () => Array.from({ length: 8 }, () => random.float());
    const times = 2000;
    let small = 0;
    for (let i = 0; i < times; i++) if (mannWhitney(draw(), draw()).p <= 0.05) small++;
    // Exact and discrete: at most 5 %, and three standard errors of 2000 draws more.
    expect(small / times).toBeLessThan(0.065);
    expect(small / times).toBeGreaterThan(0.02);
  });

  test('the least p of 3, 4 and 5 trials, however far apart', () => {
    const least = (n: number) => {
      const a = Array.from({ length: n }, (_, i) => i);
      return mannWhitney(
        a,
        a.map((value) => value + 1000),
      ).p;
    };
    expect(least(3)).toBeCloseTo(2 / 20, 14);
    expect(least(4)).toBeCloseTo(2 / 70, 14);
    expect(least(5)).toBeCloseTo(2 / 252, 14);
  });

  test('nothing to compare shows nothing; equal values neither', () => {
    expect(mannWhitney([], [1, 2])).toEqual({ u: Number.NaN, p: 1, exact: true });
    expect(mannWhitney([3, 3, 3], [3, 3]).p).toBe(1);
    const many = Array<number>(30).fill(3);
    expect(mannWhitney(many, many)).toEqual({ u: 450, p: 1, exact: false });
    expect(() => mannWhitney([1, Number.NaN], [2])).toThrow(RangeError);
  });
});

/** Every choice of |a| among the values of both, by the definition. */
function enumerated(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b];
  const u = (inA: (index: number) => boolean) => {
    let wins = 0;
    all.forEach((x, i) => {
      if (!inA(i)) return;
      all.forEach((y, j) => {
        if (!inA(j)) wins += x > y ? 1 : x === y ? 0.5 : 0;
      });
    });
    return wins;
  };
  const observed = u((index) => index < a.length);
  const counts = { all: 0, atMost: 0, atLeast: 0 };
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    const chosen = (index: number) => ((mask >> index) & 1) === 1;
    if (all.filter((_, index) => chosen(index)).length !== a.length) continue;
    const value = u(chosen);
    counts.all++;
    if (value <= observed) counts.atMost++;
    if (value >= observed) counts.atLeast++;
  }
  return Math.min(1, (2 * Math.min(counts.atMost, counts.atLeast)) / counts.all);
}
