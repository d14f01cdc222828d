import { UserError } from '../errors.js';
import { CONFIDENCE_LEVEL } from '../stats/bootstrap.js';
import type { CellResult } from '../store/schema.js';
import { sampleStepNs } from '../store/trial-times.js';
import {
  type Figure,
  figuresOf,
  figuresOfBoth,
  medianNs,
  ratioInterval,
} from './compare-figures.js';
import { cellInWords } from './compare-place.js';

/** What a rule of a gate may look at. */
export type GateMetric = 'rtt' | 'p99' | 'p99.9' | 'throughput' | 'cpu';

/** A change that is not to be: `rtt > 5%`. */
export interface GateRule {
  readonly text: string;
  readonly metric: GateMetric;
  readonly sign: '>' | '<';
  /** As a part of the reference: 0.05 = 5 %. */
  readonly threshold: number;
}

/**
 * within: the change isn't shown to be beyond the threshold. exceeded: it is, and its interval
 * excludes no change. no data: figures are missing, which is never a pass.
 */
export type GateVerdict = 'within' | 'exceeded' | 'no data';

/** A change with its interval, both as parts of the reference. */
export interface GateChange {
  readonly verdict: GateVerdict;
  readonly change: number | null;
  readonly ci: readonly [number, number] | null;
  /** Why there are no data, else null. */
  readonly reason: string | null;
}

/** One rule at one place of one side. */
export interface GateCheck extends GateChange {
  readonly rule: string;
  readonly metric: GateMetric;
  /** The side that is judged, and the one that it is judged by. */
  readonly side: string;
  readonly reference: string;
  /** The cell in words. */
  readonly cell: string;
  /** The same from the rerun; null = there was none. */
  readonly rerun: GateChange | null;
  /** Whether the rerun agrees that the threshold is exceeded; null = there was none. */
  readonly confirmed: boolean | null;
  /** Whether the gate fails for it: no data, or exceeded unless a rerun disagreed. */
  readonly failed: boolean;
}

/** What a gate says. */
export interface Gate {
  readonly passed: boolean;
  /** Level of the intervals: 1 - 0.05 / checks. */
  readonly level: number;
  readonly checks: readonly GateCheck[];
}

/** A pair of cells to be judged. */
export interface GatePair {
  readonly side: string;
  readonly reference: string;
  readonly cell: CellResult;
  /** What the cell is judged by. */
  readonly by: CellResult;
  /** Whether both were measured in one run, so that they are compared block by block. */
  readonly paired: boolean;
}

/** Data that a gate needs and that aren't there. */
export interface GateGap {
  readonly side: string;
  readonly reference: string;
  readonly cell: string;
  readonly reason: string;
}

const METRICS: Readonly<Record<string, GateMetric>> = {
  rtt: 'rtt',
  median: 'rtt',
  time: 'rtt',
  p99: 'p99',
  'p99.9': 'p99.9',
  p999: 'p99.9',
  throughput: 'throughput',
  cpu: 'cpu',
};

const RULE = /^\s*([\w.]+)\s*([<>])\s*([+-]?\d+(?:\.\d+)?)\s*%\s*$/;

const HOW_TO_WRITE = [
  'Write a rule as in "rtt > 5%", "p99 > 10%", "throughput < -5%", "cpu > 5%".',
];

/**
 * Reads a rule of a gate.
 *
 * @throws UserError for anything else than METRIC > N% or METRIC < -N%
 */
export function parseGateRule(text: string): GateRule {
  const [, name = '', sign, number] = RULE.exec(text) ?? [];
  const metric = METRICS[name.toLowerCase()];
  if (sign === undefined || number === undefined) {
    throw new UserError(`--fail-if "${text}" isn't a rule.`, HOW_TO_WRITE);
  }
  if (metric === undefined) {
    throw new UserError(`--fail-if "${text}": there is no figure "${name}".`, [
      'Choose from rtt, p99, p99.9, throughput, cpu.',
      ...HOW_TO_WRITE,
    ]);
  }
  const threshold = Number(number) / 100;
  if (sign === '>' ? threshold < 0 : threshold > 0) {
    throw new UserError(`--fail-if "${text}" would hold without any change.`, HOW_TO_WRITE);
  }
  return { text: text.trim(), metric, sign: sign as '>' | '<', threshold };
}

/**
 * Judges each pair by each rule. A rule is broken when the change, within the blocks of a run or of
 * the medians over trials, is beyond its threshold and its interval, at a level by Bonferroni over
 * all checks, excludes no change. Without pairs the gate fails.
 */
export function judge(
  rules: readonly GateRule[],
  pairs: readonly GatePair[],
  gaps: readonly GateGap[],
  seed: number,
): Gate {
  const level = 1 - (1 - CONFIDENCE_LEVEL) / Math.max(1, rules.length * pairs.length);
  const missing =
    pairs.length + gaps.length > 0
      ? gaps
      : [{ side: '', reference: '', cell: 'any cell', reason: 'there is nothing to compare' }];
  const checks = rules.flatMap((rule) => [
    ...pairs.map((pair) => {
      const { side, reference, cell } = pair;
      const found = changeOf(rule, pair, level, seed);
      return withRerun(
        { ...named(rule), side, reference, cell: cellInWords(cell), ...found },
        null,
      );
    }),
    ...missing.map(({ reason, ...gap }) =>
      withRerun({ ...named(rule), ...gap, ...noData(reason) }, null),
    ),
  ]);
  return gateOf(level, checks);
}

/**
 * Adds what the rerun said to the checks that were exceeded. One that the rerun has no data for
 * stays failed.
 *
 * @param pairs of the rerun, by the same sides and cells in words
 */
export function confirm(
  gate: Gate,
  rules: readonly GateRule[],
  pairs: readonly GatePair[],
  seed: number,
): Gate {
  const checks = gate.checks.map((check) => {
    if (check.verdict !== 'exceeded') return check;
    const rule = rules.find((one) => one.text === check.rule) as GateRule;
    const again = pairs.find(
      ({ side, reference, cell }) =>
        side === check.side && reference === check.reference && cellInWords(cell) === check.cell,
    );
    const rerun =
      again === undefined
        ? noData('the rerun has no such cell')
        : changeOf(rule, again, gate.level, seed);
    return withRerun(check, rerun);
  });
  return gateOf(gate.level, checks);
}

function gateOf(level: number, checks: readonly GateCheck[]): Gate {
  return { passed: checks.length > 0 && checks.every(({ failed }) => !failed), level, checks };
}

function named({ text, metric }: GateRule): Pick<GateCheck, 'rule' | 'metric'> {
  return { rule: text, metric };
}

function withRerun(
  check: Omit<GateCheck, 'rerun' | 'confirmed' | 'failed'>,
  rerun: GateChange | null,
): GateCheck {
  const confirmed = rerun === null ? null : rerun.verdict === 'exceeded';
  const refuted = rerun?.verdict === 'within';
  const failed = check.verdict === 'no data' || (check.verdict === 'exceeded' && !refuted);
  return { ...check, rerun, confirmed, failed };
}

function changeOf(rule: GateRule, pair: GatePair, level: number, seed: number): GateChange {
  const { cell, by } = pair;
  if (cell.pattern !== by.pattern) return noData('the patterns differ');
  const figures = figuresOfBoth(by, cell, FIGURES[rule.metric], pair.paired);
  const short = figures.groups.findIndex((values) => values.length < 2);
  if (short >= 0) return noData(whyShort(short === 0 ? by : cell, short === 0, rule.metric));
  const stepOf = (one: CellResult) => (TIMES.has(rule.metric) ? sampleStepNs(one.per_trial) : 0);
  const resolutions = [stepOf(by), stepOf(cell)] as const;
  const { ratio, ci95: interval } = ratioInterval(figures, { seed, level, resolutions });
  if (ratio === null || interval === null) return noData('the trials give no interval');
  const change = ratio - 1;
  const ci = [interval[0] - 1, interval[1] - 1] as const;
  const beyond =
    rule.sign === '>' ? change > rule.threshold && ci[0] > 0 : change < rule.threshold && ci[1] < 0;
  return { verdict: beyond ? 'exceeded' : 'within', change, ci, reason: null };
}

function whyShort(cell: CellResult, isReference: boolean, metric: GateMetric): string {
  const whose = isReference ? 'the reference' : 'it';
  if (cell.status !== 'ok') return `${whose} has no figures: ${cell.reason ?? cell.status}`;
  const { length } = figuresOf(cell, FIGURES[metric]);
  return `${whose} has ${length === 0 ? 'no trial' : 'one trial'} with ${metric}; an interval needs two`;
}

function noData(reason: string): GateChange {
  return { verdict: 'no data', change: null, ci: null, reason };
}

/** Metrics that are read off the samples, in the steps of the clock. */
const TIMES: ReadonlySet<GateMetric> = new Set(['rtt', 'p99', 'p99.9']);

const FIGURES: Readonly<Record<GateMetric, Figure>> = {
  rtt: medianNs,
  p99: (trial) => trial.p99_ns,
  'p99.9': (trial) => trial.p999_ns,
  throughput: ({ ops, window_ns }) => (ops === null || !window_ns ? null : (ops * 1e9) / window_ns),
  cpu: ({ usage }) => {
    if (usage === null || usage.client.ops === 0 || usage.server.ops === 0) return null;
    const perOp = (peer: typeof usage.client) => (peer.user_us + peer.system_us) / peer.ops;
    return 1000 * (perOp(usage.client) + perOp(usage.server));
  },
};
