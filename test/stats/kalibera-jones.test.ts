import { describe, expect, test } from 'vitest';
import {
  optimalRepetitions,
  repetitionsForWidth,
  varianceByLevel,
  withOwn,
} from '../../src/stats/kalibera-jones.js';

/** The worked example of the paper; its figures are also in libkalibera’s tests. */
const THREE_LEVELS = [
  [
    [9, 5],
    [8, 3],
  ],
  [
    [10, 6],
    [7, 11],
  ],
  [
    [1, 12],
    [2, 4],
  ],
];

/** From the tests of libkalibera (King’s College London), with its costs 100, 20 and 3. */
const LIBKALIBERA = [
  [
    [3, 4, 3],
    [1.2, 3.1, 3],
  ],
  [
    [0.2, 1, 1.5],
    [1, 2, 3],
  ],
];

const rounded = (values: readonly number[], digits: number) =>
  values.map((value) => Number(value.toFixed(digits)));

describe('varianceByLevel', () => {
  test('the worked example with three levels', () => {
    const levels = varianceByLevel(THREE_LEVELS);
    expect(levels.map(({ repetitions }) => repetitions)).toEqual([2, 2, 3]);
    expect(
      rounded(
        levels.map(({ biased }) => biased),
        1,
      ),
    ).toEqual([16.5, 2.6, 3.6]);
    expect(
      rounded(
        levels.map(({ own }) => own),
        1,
      ),
    ).toEqual([16.5, -5.7, 2.3]);
  });

  test('the same with two levels', () => {
    const levels = varianceByLevel(THREE_LEVELS.map((executions) => executions.flat()));
    expect(
      rounded(
        levels.map(({ biased }) => biased),
        1,
      ),
    ).toEqual([12.7, 3.6]);
    expect(
      rounded(
        levels.map(({ own }) => own),
        1,
      ),
    ).toEqual([12.7, 0.4]);
  });

  test('libkalibera’s example', () => {
    const own = varianceByLevel(LIBKALIBERA).map((level) => level.own);
    expect(rounded(own, 4)).toEqual([0.7267, 0.2628, 0.7747]);
  });

  test('one level is the usual variance', () => {
    expect(varianceByLevel([1, 2, 3, 4])).toEqual([{ repetitions: 4, biased: 5 / 3, own: 5 / 3 }]);
  });

  test('from variances that are known already', () => {
    const levels = withOwn([
      { repetitions: 4, biased: 12 },
      { repetitions: 3, biased: 5 },
    ]);
    expect(levels.map(({ own }) => own)).toEqual([12, 2]);
  });

  test('refuses what isn’t even, or not repeated', () => {
    for (const data of [
      [1],
      [[1, 2], [3]],
      [[1, 2], 3],
      [
        [1, 2],
        [
          [3, 4],
          [5, 6],
        ],
      ],
      [],
    ]) {
      expect(() => varianceByLevel(data as number[][])).toThrow(RangeError);
    }
  });
});

describe('optimalRepetitions', () => {
  test('libkalibera’s example: 4.2937 and 1.3023', () => {
    const [iteration, execution, build] = varianceByLevel(LIBKALIBERA).map(({ own }) => own) as [
      number,
      number,
      number,
    ];
    const inner = { level: iteration, above: execution };
    const outer = { level: execution, above: build };
    expect(optimalRepetitions(inner, { level: 3, above: 20 })).toBeCloseTo(4.2937, 3);
    expect(optimalRepetitions(outer, { level: 20, above: 100 })).toBeCloseTo(1.3023, 3);
  });

  test('a level that adds nothing isn’t repeated; above one that adds nothing, there is no end', () => {
    const cost = { level: 1, above: 10 };
    expect(optimalRepetitions({ level: -5.7, above: 2.3 }, cost)).toBe(1);
    expect(optimalRepetitions({ level: 2, above: 0 }, cost)).toBe(Number.POSITIVE_INFINITY);
    expect(optimalRepetitions({ level: 0.01, above: 100 }, cost)).toBe(1);
    expect(() => optimalRepetitions({ level: 1, above: 1 }, { level: 0, above: 1 })).toThrow(
      RangeError,
    );
  });

  test('no other number of repetitions is cheaper for the same variance of the mean', () => {
    const [own, cost] = [
      { level: 9, above: 2 },
      { level: 1, above: 6 },
    ];
    // Cost times variance of the mean, for one unit of the higher level.
    const product = (r: number) => (cost.above + r * cost.level) * (own.above + own.level / r);
    const best = optimalRepetitions(own, cost);
    for (const other of [best / 2, best - 0.1, best + 0.1, best * 2]) {
      expect(product(best)).toBeLessThan(product(other));
    }
  });
});

describe('repetitionsForWidth', () => {
  test('the textbook example: s = 1, half-width 0.5 wants 18 by t', () => {
    // t(0.975, 17) / sqrt(18) = 2.1098 / 4.2426 = 0.4973; with 17: 2.1199 / 4.1231 = 0.5141.
    expect(repetitionsForWidth(1, 0.5)).toBe(18);
  });

  test('no variance: the least; too much: null', () => {
    expect(repetitionsForWidth(0, 0.1)).toBe(2);
    expect(repetitionsForWidth(1, 1e-6)).toBeNull();
    expect(() => repetitionsForWidth(1, 0)).toThrow(RangeError);
  });
});
