import { CONFIDENCE_LEVEL } from '../stats/bootstrap.js';
import { operationTimes } from '../store/operation.js';
import type { CellResult } from '../store/schema.js';
import { sampleStepNs } from '../store/trial-times.js';
import { figuresOfBoth, medianNs, ratioInterval, testOf } from './compare-figures.js';
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
  /** Whether both cells were measured in one run, so that they are compared block by block. */
  readonly paired?: boolean;
}

/**
 * Compares two cells: by the ratio of their medians over trials, or by the median ratio within
 * blocks where they were measured in one run. Cells of other mechanisms are treated alike; that
 * they are alike in the rest is the caller's business. Only cells of different patterns, whose
 * times are of different things, are never comparable.
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
  const figures = figuresOfBoth(a, b, medianNs, options.paired ?? false);
  const resolutions = [sampleStepNs(a.per_trial), sampleStepNs(b.per_trial)] as const;
  const at = (level: number) => ratioInterval(figures, { seed: options.seed, level, resolutions });
  const { ratio, ci95 } = at(CONFIDENCE_LEVEL);
  const level = options.level ?? CONFIDENCE_LEVEL;
  const forVerdict = level === CONFIDENCE_LEVEL ? ci95 : at(level).ci95;
  return {
    ...place,
    ...sides,
    blocks: figures.pairs?.length ?? null,
    ratio: ratio ?? ratioOfPublished(a, b),
    ci95,
    ci_verdict: forVerdict,
    ...(ci95 === null ? { p: null, effect: null } : testOf(figures)),
    p_adjusted: null,
    cpu_ratio: quotient(sides.b.cpu_ns_per_op, sides.a.cpu_ns_per_op),
    verdict: verdictOf(ratio, forVerdict, options.noise ?? 0),
  };
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

const NOTHING = {
  blocks: null,
  ratio: null,
  ci95: null,
  ci_verdict: null,
  p: null,
  p_adjusted: null,
  effect: null,
  cpu_ratio: null,
  verdict: 'not comparable' as const,
};

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
