import { deviationOf, elapsedAt, type Line, type Point, relativeLine } from './cost-model-line.js';
import { bayesCriterion, bestPieces, type Piece } from './cost-model-pieces.js';
import {
  type CurveMethod,
  type Estimate,
  estimateOf,
  medianCurve,
  type Replications,
  replicate,
  type SweptSize,
  standardError,
} from './cost-model-replications.js';
import { studentQuantile } from './distributions.js';

/**
 * What a message costs by its size: elapsed(n) = alpha + beta n over a sweep of sizes, with
 * intervals over trials and a check whether one line describes the sweep; where it doesn't, the
 * fewest lines, piece by piece, that do.
 *
 * alpha is what a message costs whatever its size, beta what a byte costs more, and alpha / beta
 * the size at which half of the time is for bytes (Hockney's n½: "The communication challenge for
 * MPP: Intel Paragon and Meiko CS-2", Parallel Computing 20(3), 1994).
 *
 * The check: a size is off the line when the line deviates from its median by more than the
 * tolerance, and by more than the trials' spread explains, at 95 % for all sizes of the sweep
 * together (Bonferroni). Its standard error is of the replications, but at least that of all sizes
 * together: that of one size is itself uncertain. A tolerance, because with enough trials every
 * line is off by something (as in a lack-of-fit test against pure error: Draper & Smith, Applied
 * Regression Analysis, 3rd ed. 1998, 2.1, which says whether, not by how much).
 *
 * Intervals of pieces hold for the breaks as they were found: they don't contain the uncertainty
 * of where the breaks are, which `support` tells.
 */

/** Sizes that a line takes: through two there always is one. */
export const SIZES_AT_LEAST = 3;
/** A deviation that is no reason to reject a line. */
export const DEFAULT_TOLERANCE = 0.05;

const DEFAULT_RESAMPLES = 2000;
/** Replications that are cut into pieces anew. */
const CUTS_AT_MOST = 200;
const LEVEL = 0.95;

export interface CostModelOptions {
  readonly seed: number;
  /** 2000 unless given. */
  readonly resamples?: number;
  /** A share; 0.05 unless given. */
  readonly tolerance?: number;
}

export interface CostModel {
  readonly method: CurveMethod;
  /** One line over all sizes. */
  readonly whole: FittedLine;
  /** The lines that describe the sweep better; null where there are none, or none are needed. */
  readonly pieces: readonly FittedLine[] | null;
  /** One between each piece and the next one. */
  readonly breaks: readonly Break[];
}

export interface FittedLine {
  readonly alphaNs: Estimate;
  readonly betaNsPerByte: Estimate;
  /** alpha / beta; null unless both are above 0 with their intervals. */
  readonly halfBytes: Estimate | null;
  readonly sizes: readonly CheckedSize[];
  /** Whether no size is off it. */
  readonly holds: boolean;
}

export interface CheckedSize {
  readonly bytes: number;
  readonly trials: number;
  readonly medianNs: number;
  readonly fittedNs: number;
  /** The line's error as a share of the median: 0.1 = it says 10 % too much. */
  readonly deviation: number;
  /** The largest deviation that the tolerance or the trials' spread explains. */
  readonly allowed: number;
  readonly off: boolean;
}

export interface Break {
  /** The last size of one piece and the first of the next. */
  readonly betweenBytes: readonly [last: number, first: number];
  /** Share of the replications that have a break in the same place when cut into as many pieces. */
  readonly support: number;
}

/** Whether sizes have trials enough, together, for intervals. */
export function canReplicate(sizes: readonly SweptSize[]): boolean {
  return replicate(sizes, { seed: 0, resamples: 0 }).method !== null;
}

/**
 * @param sizes at least three, by rising size, each once; trials as `canReplicate` wants them
 * @throws RangeError for fewer sizes, or trials that don't do
 */
export function costModel(sizes: readonly SweptSize[], options: CostModelOptions): CostModel {
  if (sizes.length < SIZES_AT_LEAST) {
    throw new RangeError(`a cost model wants ${SIZES_AT_LEAST} sizes, not ${sizes.length}`);
  }
  const { seed, resamples = DEFAULT_RESAMPLES, tolerance = DEFAULT_TOLERANCE } = options;
  const replications = replicate(sizes, { seed, resamples });
  if (replications.method === null) throw new RangeError('too few trials for intervals');
  const fitter: Fitter = { sizes, replications, tolerance };
  const points = pointsOf(sizes, medianCurve(sizes));
  const [whole, ...cut] = bestPieces(points).map((pieces) => fitPieces(fitter, points, pieces));
  const [line] = whole as [FittedLine];
  const pieces = line.holds ? null : chosen([[line], ...cut]);
  const breaks = pieces === null ? [] : breaksOf(pieces, fitter);
  return { method: replications.method, whole: line, pieces, breaks };
}

interface Fitter {
  readonly sizes: readonly SweptSize[];
  readonly replications: Replications;
  readonly tolerance: number;
}

/** The fewest pieces that hold; where none do, those that Bayes' criterion prefers. */
function chosen(cuts: readonly (readonly FittedLine[])[]): readonly FittedLine[] | null {
  const criterion = (lines: readonly FittedLine[]) =>
    bayesCriterion(
      lines.flatMap((line) => line.sizes.map(({ deviation }) => deviation)),
      lines.length,
    );
  const holding = cuts.find((lines) => lines.every(({ holds }) => holds));
  const least = Math.min(...cuts.map(criterion));
  const best = holding ?? cuts.find((lines) => criterion(lines) === least);
  return best === undefined || best.length === 1 ? null : best;
}

function breaksOf(pieces: readonly FittedLine[], { sizes, replications }: Fitter): Break[] {
  const cuts = replications.curves
    .slice(0, CUTS_AT_MOST)
    .flatMap((curve) => bestPieces(pointsOf(sizes, curve), pieces.length).slice(pieces.length - 1));
  return pieces.slice(1).map((piece, index) => {
    const [last, first] = [pieces[index]?.sizes.at(-1)?.bytes, piece.sizes[0]?.bytes];
    const same = cuts.filter((cut) => cut.some((other) => sizes[other.first]?.bytes === first));
    return {
      betweenBytes: [last as number, first as number],
      support: same.length / cuts.length,
    };
  });
}

function fitPieces(
  fitter: Fitter,
  points: readonly Point[],
  pieces: readonly Piece[],
): FittedLine[] {
  const fits = pieces.map((piece) => fitPiece(fitter, points, piece));
  const errors = fits.flatMap((fit) => fit.errors);
  const pooled = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
  const bound = criticalDeviation(fitter, pieces.length);
  return fits.map(({ line, first, errors: own, estimates }) => {
    const checked = own.map((error, i): CheckedSize => {
      const point = points[first + i] as Point;
      const deviation = deviationOf(line, point);
      const allowed = Math.max(fitter.tolerance, bound * Math.max(error, pooled));
      return {
        bytes: point.bytes,
        trials: fitter.sizes[first + i]?.trials.length as number,
        medianNs: point.ns,
        fittedNs: elapsedAt(line, point.bytes),
        ...{ deviation, allowed, off: Math.abs(deviation) > allowed },
      };
    });
    return { ...estimates, sizes: checked, holds: checked.every(({ off }) => !off) };
  });
}

/** Standard errors beyond which a deviation is no chance, of all sizes together. */
function criticalDeviation({ sizes, replications }: Fitter, pieces: number): number {
  const free = Math.max(1, sizes.length - 2 * pieces);
  const degrees = (replications.trials - 1) * free;
  return studentQuantile(1 - (1 - LEVEL) / 2 / sizes.length, degrees);
}

interface PieceFit {
  readonly line: Line;
  readonly first: number;
  /** Standard error of the deviation, by size. */
  readonly errors: readonly number[];
  readonly estimates: Pick<FittedLine, 'alphaNs' | 'betaNsPerByte' | 'halfBytes'>;
}

function fitPiece(
  { sizes, replications }: Fitter,
  points: readonly Point[],
  { first, last }: Piece,
): PieceFit {
  const within = <T>(all: readonly T[]) => all.slice(first, last + 1);
  const own = within(sizes);
  const curves = replications.curves.map((curve) => pointsOf(own, within(curve)));
  const lines = curves.map(relativeLine);
  const line = relativeLine(within(points));
  const errors = own.map((_, size) =>
    standardError(replications, (_curve, i) =>
      deviationOf(lines[i] as Line, curves[i]?.[size] as Point),
    ),
  );
  const estimate = (figure: (of: Line) => number) =>
    estimateOf(figure(line), replications, (_, i) => figure(lines[i] as Line));
  const alphaNs = estimate((of) => of.alphaNs);
  const betaNsPerByte = estimate((of) => of.betaNsPerByte);
  const positive = [alphaNs, betaNsPerByte].every(({ ci95 }) => (ci95?.[0] ?? 0) > 0);
  const halfBytes = positive ? estimate((of) => of.alphaNs / of.betaNsPerByte) : null;
  return { line, first, errors, estimates: { alphaNs, betaNsPerByte, halfBytes } };
}

function pointsOf(sizes: readonly SweptSize[], curve: readonly number[]): Point[] {
  return sizes.map(({ bytes }, i) => ({ bytes, ns: curve[i] as number }));
}
