import { describe, expect, test } from 'vitest';
import { bayesCriterion, bestPieces, type Piece } from '../../src/stats/cost-model-pieces.js';
import { createRandom } from '../../src/stats/random.js';

const BYTES = Array.from({ length: 12 }, (_, i) => 2 ** i);

function points(ns: (bytes: number) => number) {
  return BYTES.map((bytes) => ({ bytes, ns: ns(bytes) }));
}

/** Relative misfit of the best line, by the normal equations: nothing of what is tested. */
function leastMisfit(some: readonly { bytes: number; ns: number }[]): number {
  const rows = some.map(({ bytes, ns }) => [1 / ns, bytes / ns] as const);
  const sum = (of: (row: readonly [number, number]) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  const [aa, ab, bb] = [sum(([a]) => a * a), sum(([a, b]) => a * b), sum(([, b]) => b * b)];
  const [ay, by] = [sum(([a]) => a), sum(([, b]) => b)];
  const determinant = aa * bb - ab * ab;
  const alpha = (ay * bb - by * ab) / determinant;
  const beta = (aa * by - ab * ay) / determinant;
  return sum(([a, b]) => (alpha * a + beta * b - 1) ** 2);
}

/** Every way to cut n points into so many pieces of at least three, the last of at least two. */
function allCuts(n: number, pieces: number, first = 0): Piece[][] {
  if (pieces === 1) return n - first >= 2 ? [[{ first, last: n - 1 }]] : [];
  const lasts = Array.from({ length: n }, (_, last) => last).filter((last) => last >= first + 2);
  return lasts.flatMap((last) =>
    allCuts(n, pieces - 1, last + 1).map((rest) => [{ first, last }, ...rest]),
  );
}

describe('bestPieces', () => {
  test('finds where a line bends, and where it jumps', () => {
    const bent = points((bytes) => (bytes <= 64 ? 1000 + bytes : 1000 + 20 * (bytes - 64)));
    expect(bestPieces(bent)[1]).toEqual([
      { first: 0, last: 6 },
      { first: 7, last: 11 },
    ]);
    const jumping = points((bytes) => (bytes <= 32 ? 1000 + bytes : 4000 + bytes));
    expect(bestPieces(jumping)[1]).toEqual([
      { first: 0, last: 5 },
      { first: 6, last: 11 },
    ]);
  });

  test('no other cut has less misfit', () => {
    const random = createRandom(3);
    for (let round = 0; round < 20; round++) {
      const some = points((bytes) => (500 + bytes * random.float()) * (0.5 + random.float()));
      const misfitOf = (cut: readonly Piece[]) =>
        cut.reduce((sum, { first, last }) => sum + leastMisfit(some.slice(first, last + 1)), 0);
      for (const [index, cut] of bestPieces(some).entries()) {
        const every = allCuts(BYTES.length, index + 1).map(misfitOf);
        expect(misfitOf(cut)).toBeCloseTo(Math.min(...every), 9);
      }
    }
  });

  test('pieces have three points, the last one two, and there are four of them at most', () => {
    const counts = (n: number) =>
      bestPieces(points((bytes) => bytes).slice(0, n)).map((cut) => cut.length);
    expect(counts(12)).toEqual([1, 2, 3, 4]);
    expect(counts(10)).toEqual([1, 2, 3]);
    expect(counts(5)).toEqual([1, 2]);
    expect(counts(4)).toEqual([1]);
  });

  test('the last two points may have a line of their own', () => {
    const sharp = points((bytes) => (bytes <= 512 ? 1000 + bytes : 50 * bytes));
    expect(bestPieces(sharp)[1]?.at(-1)).toEqual({ first: 10, last: 11 });
  });
});

test('Bayes’ criterion wants a break to be worth three parameters', () => {
  const poor = [0.1, -0.1, 0.1, -0.1, 0.1, -0.1];
  expect(bayesCriterion(poor, 2)).toBeGreaterThan(bayesCriterion(poor, 1));
  expect(bayesCriterion([0.01, 0, 0, 0, 0, 0.01], 2)).toBeLessThan(bayesCriterion(poor, 1));
  expect(bayesCriterion([0, 0, 0], 1)).toBeGreaterThan(Number.NEGATIVE_INFINITY);
});
