import { BOOTSTRAP_MIN_TRIALS } from '../stats/bootstrap.js';
import { gammaDeviate, normalDeviate } from '../stats/deviates.js';
import { median, quantileSorted } from '../stats/quantile.js';
import { createRandom, type Random } from '../stats/random.js';
import type { CellResult } from '../store/schema.js';
import { figuresOfBoth, medianNs } from './compare-figures.js';
import { dimensionsOf, placeKey } from './compare-place.js';
import type { ComparedPair, Crossover } from './compare-types.js';

const REPLICATIONS = 2000;
const TAIL = 0.025;

/** A pair with the cells that it is of. */
export interface PairOfCells {
  readonly pair: ComparedPair;
  readonly a: CellResult;
  readonly b: CellResult;
}

/**
 * Sizes at which the order of two sides changes: between two sizes at which they are separated,
 * once in either order, and at none in between. The size is where the logarithm of the ratio,
 * interpolated over the logarithm of the size, is 0; its interval by bootstrap over trials, or over
 * blocks where the two are compared within them (with fewer than five: Student's t of their
 * logarithms). It ends at the two sizes.
 */
export function findCrossovers(pairs: readonly PairOfCells[], seed: number): Crossover[] {
  const sweeps = new Map<string, PairOfCells[]>();
  for (const one of pairs) {
    const { size: _, ...rest } = dimensionsOf(one.a);
    const key = JSON.stringify([one.pair.a.side, one.pair.b.side, one.a.probe, placeKey(rest)]);
    sweeps.set(key, [...(sweeps.get(key) ?? []), one]);
  }
  return [...sweeps.values()].flatMap((sweep) => {
    const rising = [...sweep].sort((x, y) => x.pair.size_bytes - y.pair.size_bytes);
    return segments(rising).map((segment) => crossover(segment, seed));
  });
}

/** From one separated size to the next one that is separated the other way round. */
function segments(rising: readonly PairOfCells[]): PairOfCells[][] {
  const found: PairOfCells[][] = [];
  let last: number | null = null;
  for (const [index, { pair }] of rising.entries()) {
    if (pair.verdict !== 'faster' && pair.verdict !== 'slower') continue;
    if (last !== null && rising[last]?.pair.verdict !== pair.verdict) {
      const between = rising.slice(last, index + 1);
      found.push(between.filter((one) => one.pair.ratio !== null));
    }
    last = index;
  }
  return found;
}

function crossover(segment: readonly PairOfCells[], seed: number): Crossover {
  const first = segment[0] as PairOfCells;
  const last = segment[segment.length - 1] as PairOfCells;
  const logSizes = segment.map(({ pair }) => Math.log(pair.size_bytes));
  const estimate = crossing(
    logSizes,
    segment.map(({ pair }) => Math.log(pair.ratio as number)),
  );
  const random = createRandom(seed);
  const draws = segment.map(ratioDraw);
  const replications = Float64Array.from({ length: REPLICATIONS }, () =>
    crossing(
      logSizes,
      draws.map((draw) => draw(random)),
    ),
  ).sort();
  const ends = [quantileSorted(replications, TAIL), quantileSorted(replications, 1 - TAIL)];
  const aFirst = first.pair.verdict === 'faster';
  const { pattern, placement, wait } = first.pair;
  const [low, high] = ends.map(Math.exp) as [number, number];
  const size = Math.exp(estimate);
  return {
    ...{ pattern, placement, wait },
    below: aFirst ? first.pair.a.side : first.pair.b.side,
    above: aFirst ? first.pair.b.side : first.pair.a.side,
    size_bytes: size,
    ci95_bytes: [Math.min(low, size), Math.max(high, size)],
    between_bytes: [first.pair.size_bytes, last.pair.size_bytes],
  };
}

/**
 * Where a line through the points changes its sign: the mean of the places where there are
 * several. Where it doesn't, the end that lies nearer to a change.
 */
function crossing(x: readonly number[], y: readonly number[]): number {
  const places: number[] = [];
  for (let i = 1; i < x.length; i++) {
    const [x0, x1, y0, y1] = [x[i - 1], x[i], y[i - 1], y[i]] as [number, number, number, number];
    if (y0 === 0 || y0 * y1 < 0) places.push(x0 + ((x1 - x0) * y0) / (y0 - y1 || 1));
  }
  if (places.length > 0) return places.reduce((sum, place) => sum + place, 0) / places.length;
  const [from, to] = [Math.abs(y[0] as number), Math.abs(y[y.length - 1] as number)];
  return (from < to ? x[0] : x[x.length - 1]) as number;
}

/** Draws one bootstrap replication of the logarithm of a ratio: a pair is drawn as one. */
function ratioDraw({ pair, a, b }: PairOfCells): (random: Random) => number {
  const { groups, pairs } = figuresOfBoth(a, b, medianNs, pair.blocks !== null);
  if (pairs === null) return (random) => redrawn(groups[1], random) - redrawn(groups[0], random);
  const quotients = pairs.map(([own, other]) => other / own);
  return (random) => redrawn(quotients, random);
}

/** The logarithm of one bootstrap replication of the median. */
function redrawn(values: readonly number[], random: Random): number {
  const n = values.length;
  if (n >= BOOTSTRAP_MIN_TRIALS) {
    return Math.log(median(values.map(() => values[random.below(n)] as number)));
  }
  const logs = values.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / n;
  if (n < 2) return mean;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (n - 1);
  return mean + studentDeviate(n - 1, random) * Math.sqrt(variance / n);
}

/** Student's t: a normal deviate over the root of a mean square; see any textbook. */
function studentDeviate(df: number, random: Random): number {
  // A gamma deviate of shape 1/2 or more, from one of shape + 1 (Marsaglia & Tsang, section 6).
  const shape = df / 2;
  const chiSquare = 2 * gammaDeviate(shape + 1, random) * random.float() ** (1 / shape);
  return normalDeviate(random) / Math.sqrt(chiSquare / df);
}
