import { misfit, type Point, quickLine } from './cost-model-line.js';

/**
 * Several lines instead of one: where to break a sweep.
 *
 * Candidates are the gaps between sizes. For each number of pieces the breaks are those with which
 * the squares of relative deviations are least, found by dynamic programming (Bellman, "On the
 * approximation of curves by line segments using dynamic programming", Communications of the ACM
 * 4(6), 1961; Bai & Perron, "Computation and analysis of multiple structural change models",
 * Journal of Applied Econometrics 18, 2003). Pieces needn't meet: where a buffer is full or a
 * cache is, the elapsed time may jump.
 */

/** A piece as indexes of points, both ends included. */
export interface Piece {
  readonly first: number;
  readonly last: number;
}

/** Two points always have a line; a third one can contradict it. */
const POINTS_PER_PIECE = 3;
/** What the largest messages of a sweep do, beyond a cache, may show in two sizes only. */
const POINTS_OF_LAST = 2;
export const MOST_PIECES = 4;

/**
 * The best ways to cut a curve, from one piece to as many as it can have, `MOST_PIECES` at most:
 * each of three points or more, the last one of two or more.
 *
 * @param points by rising size
 */
export function bestPieces(points: readonly Point[], most = MOST_PIECES): Piece[][] {
  const cost = costTable(points);
  const found: Piece[][] = [];
  // best[last]: the least misfit of the points up to `last` in the pieces so far, and those.
  let best = points.map((_, last) => option(cost, [], { first: 0, last }));
  while (found.length < most) {
    const whole = best[points.length - 1];
    if (whole === undefined || whole.misfit === Number.POSITIVE_INFINITY) break;
    found.push([...whole.pieces]);
    best = points.map((_, last) => leastWithOneMore(cost, best, last));
  }
  return found;
}

/** Bayes' information criterion by relative deviations (Schwarz 1978); breaks count as parameters. */
export function bayesCriterion(deviations: readonly number[], pieces: number): number {
  const n = deviations.length;
  const mean = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0) / n;
  // Below rounding, less is no better.
  return n * Math.log(Math.max(mean, 1e-12)) + (3 * pieces - 1) * Math.log(n);
}

interface Option {
  readonly misfit: number;
  readonly pieces: readonly Piece[];
}

type CostTable = readonly (readonly number[])[];

const IMPOSSIBLE: Option = { misfit: Number.POSITIVE_INFINITY, pieces: [] };

/** By first and last point: the misfit of their best line; infinite for too few points. */
function costTable(points: readonly Point[]): CostTable {
  return points.map((_, first) =>
    points.map((_, last) => {
      const some = points.slice(first, last + 1);
      const least = last === points.length - 1 ? POINTS_OF_LAST : POINTS_PER_PIECE;
      return some.length < least ? Number.POSITIVE_INFINITY : misfit(quickLine(some), some);
    }),
  );
}

function option(cost: CostTable, before: readonly Piece[], piece: Piece, misfitBefore = 0): Option {
  const misfit = misfitBefore + (cost[piece.first]?.[piece.last] ?? Number.POSITIVE_INFINITY);
  return { misfit, pieces: [...before, piece] };
}

function leastWithOneMore(cost: CostTable, best: readonly Option[], last: number): Option {
  let least = IMPOSSIBLE;
  for (let first = POINTS_PER_PIECE; first <= last; first++) {
    const before = best[first - 1] as Option;
    const candidate = option(cost, before.pieces, { first, last }, before.misfit);
    if (candidate.misfit < least.misfit) least = candidate;
  }
  return least;
}
