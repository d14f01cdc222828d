import { weightedLinearRegression } from 'simple-statistics';

/**
 * A line through elapsed times by size, elapsed(n) = alpha + beta n, by relative least squares.
 *
 * Over a sweep from 1 byte to 1 MiB the elapsed time grows a thousandfold and its scatter with
 * it: what is constant is the scatter as a share. Ordinary least squares would fit the largest
 * sizes and nothing else, and give an alpha that is off by many times the round trip of a byte.
 * Each size therefore has the weight 1 / elapsed², the inverse of its variance up to a factor, so
 * that the squares of relative errors are minimised (Tofallis, "Least Squares Percentage
 * Regression", Journal of Modern Applied Statistical Methods 7(2), 2008; for why a weight is an
 * inverse variance: Carroll & Ruppert, Transformation and Weighting in Regression, 1988, ch. 2).
 * Weights by the spread of each size's own trials would be better in theory, but a spread of five
 * trials is itself uncertain by a third and more, which costs more than it gains (same, 2.3).
 *
 * Weights from the measured times favour those that happened to be short: a bias of twice the
 * squared relative error. So the fit is repeated with weights from the fitted times until it stays
 * (generalised least squares, same, 2.1).
 */

/** A size, and how long it takes. */
export interface Point {
  readonly bytes: number;
  /** Above 0. */
  readonly ns: number;
}

export interface Line {
  /** What a message costs whatever its size. */
  readonly alphaNs: number;
  readonly betaNsPerByte: number;
}

const ROUNDS = 20;
const SETTLED = 1e-10;
/** A fitted time counts as a weight no further than this factor from the measured one. */
const WEIGHT_BOUND = 2;

/**
 * The line whose relative errors are least.
 *
 * @param points of at least two sizes, times above 0
 */
export function relativeLine(points: readonly Point[]): Line {
  const data = points.map(({ bytes, ns }) => [bytes, ns]);
  let line = weighted(data, points);
  for (let round = 0; round < ROUNDS; round++) {
    const next = weighted(
      data,
      points.map(({ bytes, ns }) => ({ ns: bounded(elapsedAt(line, bytes), ns) })),
    );
    const settled = points.every(({ bytes, ns }) => {
      return Math.abs(elapsedAt(next, bytes) - elapsedAt(line, bytes)) < SETTLED * ns;
    });
    line = next;
    if (settled) break;
  }
  return line;
}

/** The same with weights from the measured times alone: quick, and no less good for comparing. */
export function quickLine(points: readonly Point[]): Line {
  return weighted(
    points.map(({ bytes, ns }) => [bytes, ns]),
    points,
  );
}

/** What the line says of a size, in ns. */
export function elapsedAt({ alphaNs, betaNsPerByte }: Line, bytes: number): number {
  return alphaNs + betaNsPerByte * bytes;
}

/** How far the line is off a measured time, as a share of that: 0.1 = it says 10 % too much. */
export function deviationOf(line: Line, { bytes, ns }: Point): number {
  return elapsedAt(line, bytes) / ns - 1;
}

/** Sum of the squares of the relative deviations. */
export function misfit(line: Line, points: readonly Point[]): number {
  return points.reduce((sum, point) => sum + deviationOf(line, point) ** 2, 0);
}

function weighted(
  data: readonly (readonly number[])[],
  expected: readonly Pick<Point, 'ns'>[],
): Line {
  const { m, b } = weightedLinearRegression(
    data,
    expected.map(({ ns }) => 1 / (ns * ns)),
  );
  return { alphaNs: b, betaNsPerByte: m };
}

/** Where no line fits, a fitted time near 0 would have all the weight. */
function bounded(fitted: number, measured: number): number {
  return Math.min(Math.max(fitted, measured / WEIGHT_BOUND), measured * WEIGHT_BOUND);
}
