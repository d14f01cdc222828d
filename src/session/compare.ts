import { BOOTSTRAP_MIN_TRIALS, CONFIDENCE_LEVEL, ratioOfMedians } from '../stats/bootstrap.js';
import { cliffsDelta } from '../stats/cliffs-delta.js';
import { mannWhitney } from '../stats/mann-whitney.js';
import { welchLog } from '../stats/student.js';
import { operationTimes } from '../store/operation.js';
import type { CellResult } from '../store/schema.js';
import type { ComparedCell, ComparedPair, Verdict } from './compare-types.js';

export type { ComparedCell, ComparedPair, Verdict } from './compare-types.js';

/** How two cells are compared. */
export interface CompareOptions {
  /** Seed of the bootstrap. */
  readonly seed: number;
  /** Names of the sides; those of their probes unless given. */
  readonly labels?: readonly [a: string, b: string];
  /** Level of the interval that the verdict rests on; 0.95 unless given. */
  readonly level?: number;
  /** A ratio is no difference unless it is beyond this; 0 unless given. */
  readonly noise?: number;
}

/**
 * Compares two cells by the ratio of their medians over trials. Cells of other
 * documents or other mechanisms are treated alike; that they are alike in the
 * rest is the caller's business. Only cells of different patterns, whose times
 * are of different things, are never comparable.
 */
export function compareCells(a: CellResult, b: CellResult, options: CompareOptions): ComparedPair {
  const [labelA, labelB] = options.labels ?? [a.probe, b.probe];
  const sides = { a: comparedCell(a, labelA), b: comparedCell(b, labelB) };
  const place = {
    pattern: a.pattern,
    parameters: a.parameters,
    size_bytes: a.size_bytes,
    options: sharedOptions(a, b),
    placement: a.placement,
    client_cpu: a.client_cpu,
    server_cpu: a.server_cpu,
    wait: a.wait,
    clients: a.clients,
  };
  if (a.pattern !== b.pattern) return { ...place, ...sides, ...NOTHING };
  const medians: Groups = [trialMedians(a), trialMedians(b)];
  const { ratio, ci95 } = ratioInterval(medians, {
    seed: options.seed,
    level: CONFIDENCE_LEVEL,
    resolutions: [sampleStepNs(a), sampleStepNs(b)],
  });
  const level = options.level ?? CONFIDENCE_LEVEL;
  const forVerdict =
    level === CONFIDENCE_LEVEL
      ? ci95
      : ratioInterval(medians, {
          ...{ seed: options.seed, level },
          resolutions: [sampleStepNs(a), sampleStepNs(b)],
        }).ci95;
  return {
    ...place,
    ...sides,
    ratio: ratio ?? ratioOfPublished(a, b),
    ci95,
    ci_verdict: forVerdict,
    ...ranks(medians, ci95 !== null),
    p_adjusted: null,
    cpu_ratio: quotient(sides.b.cpu_ns_per_op, sides.a.cpu_ns_per_op),
    verdict: verdictOf(ratio, forVerdict, options.noise ?? 0),
  };
}

/** One figure per trial of A and of B. */
export type Groups = readonly [a: readonly number[], b: readonly number[]];

export interface IntervalOptions {
  readonly seed: number;
  readonly level: number;
  /** Smallest steps between two values of A and of B; 0 = not known. */
  readonly resolutions?: readonly [a: number, b: number];
}

/**
 * The ratio of the medians, B over A, with its interval.
 *
 * Resampling can't go beyond the smallest and largest trials, which lie completely apart by
 * chance with probability 2 / C(m + n, n). Where the level asks for more than that, Welch's t on
 * logarithms widens the interval.
 */
export function ratioInterval([a, b]: Groups, { seed, level, resolutions }: IntervalOptions) {
  const [resolutionB, resolution] = resolutions ?? [0, 0];
  const estimate = ratioOfMedians(b, a, { seed, level, resolution, resolutionB });
  const { ratio, ci95 } = estimate;
  const resampled = Math.min(a.length, b.length) >= BOOTSTRAP_MIN_TRIALS;
  if (ci95 === null || !resampled || 1 - level >= 2 / choices(a.length + b.length, a.length)) {
    return { ratio, ci95 };
  }
  const [low, high] = welchLog(b, a, level);
  const widened = [Math.min(low, ci95[0]), Math.max(high, ci95[1])] as const;
  return { ratio, ci95: widened };
}

/** In how many ways k of n things can be chosen. */
function choices(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product *= (n - k + i) / i;
  return product;
}

/** What a comparison says of one cell. */
export function comparedCell(cell: CellResult, side: string): ComparedCell {
  return {
    side,
    probe: cell.probe,
    options: cell.options,
    parameters: cell.parameters,
    size_bytes: cell.size_bytes,
    wait: cell.wait,
    placement: cell.placement,
    status: cell.status,
    reason: cell.reason,
    trials: cell.trials,
    median_ns: operationTimes(cell)?.median ?? null,
    ci95_ns: operationTimes(cell)?.ci95 ?? null,
    cpu_ns_per_op: cpuPerOpNs(cell),
  };
}

/** The quotient of two figures; null when one is missing or the divisor is 0. */
export function quotient(dividend: number | null, divisor: number | null): number | null {
  if (dividend === null || divisor === null || divisor === 0) return null;
  return dividend / divisor;
}

/** The trials' medians of the operation's time, in ns: those of trials that have figures. */
export function trialMedians(cell: CellResult): number[] {
  return cell.per_trial.flatMap((trial) => (trial.median_ns === null ? [] : [trial.median_ns]));
}

/** A sample is a difference of whole nanoseconds over a batch of operations. */
export function sampleStepNs(cell: CellResult): number {
  const batches = cell.per_trial.flatMap((trial) => (trial.batch === null ? [] : [trial.batch]));
  return batches.length === 0 ? 0 : 1 / Math.min(...batches);
}

const NOTHING = {
  ratio: null,
  ci95: null,
  ci_verdict: null,
  p: null,
  p_adjusted: null,
  effect: null,
  cpu_ratio: null,
  verdict: 'not comparable' as const,
};

function ranks([a, b]: Groups, comparable: boolean): Pick<ComparedPair, 'p' | 'effect'> {
  if (!comparable) return { p: null, effect: null };
  return { p: mannWhitney(b, a).p, effect: cliffsDelta(b, a) };
}

function sharedOptions(a: CellResult, b: CellResult): Record<string, string> {
  const shared = Object.entries(a.options).filter(([name, value]) => b.options[name] === value);
  return Object.fromEntries(shared);
}

/** What a ratio of B to A and its interval say about A. */
export function verdictOf(
  ratio: number | null,
  interval: readonly [number, number] | null,
  noise: number,
): Verdict {
  if (ratio === null || interval === null) return 'not comparable';
  if (interval[0] > 1 && ratio > 1 + noise) return 'faster';
  return interval[1] < 1 && 1 / ratio > 1 + noise ? 'slower' : 'not separated';
}

function cpuPerOpNs(cell: CellResult): number | null {
  if (cell.usage === null) return null;
  const { client, server } = cell.usage;
  if (client.ops === 0 || server.ops === 0) return null;
  const perOp = (peer: typeof client) => (peer.user_us + peer.system_us) / peer.ops;
  return 1000 * (perOp(client) + perOp(server));
}

/** Published figures have medians without trials: a ratio, but no interval. */
function ratioOfPublished(a: CellResult, b: CellResult): number | null {
  return quotient(operationTimes(b)?.median ?? null, operationTimes(a)?.median ?? null);
}
