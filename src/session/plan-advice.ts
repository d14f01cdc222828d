import {
  optimalRepetitions,
  repetitionsForWidth,
  varianceByLevel,
} from '../stats/kalibera-jones.js';
import { median } from '../stats/quantile.js';
import { STOPPING_MIN_TRIALS } from '../stats/stopping.js';
import { operationTimes } from '../store/operation.js';
import type { CellIdentity, CellResult, ResultDocument, TrialRecord } from '../store/schema.js';

/** Trials of some length, as many as the target precision wants. */
export interface Repetitions {
  readonly window_ns: number;
  /** Null when even 10 000 are too few. */
  readonly trials: number | null;
  /** What they take with their start-up and warm-up; null likewise. */
  readonly time_ns: number | null;
}

/** Where to put repetitions of one cell. */
export interface CellAdvice extends CellIdentity {
  /** Trials that the advice rests on. */
  readonly trials: number;
  readonly median_ns: number | null;
  /**
   * What trials add to the scatter: a standard deviation as a share of the median. 0 when
   * nothing is to be seen of it beside the scatter within trials.
   */
  readonly between_trials: number | null;
  /** Scatter of the medians of tenths of a trial's window, likewise. */
  readonly within_trial: number | null;
  /** With the window as it was. */
  readonly as_measured: Repetitions | null;
  /** With the window that costs least. */
  readonly advised: Repetitions | null;
  /** Why there is no advice; null when there is. */
  readonly reason: string | null;
}

/** Advice for every cell of a result. */
export interface PlanAdvice {
  readonly run: string;
  /** Half the width of the 95 % interval of a median that is aimed at, as a share of it. */
  readonly precision: number;
  /** What a trial costs beyond its window. */
  readonly overhead_ns: number;
  /** Where that is from: measured over the run, asked for, or assumed. */
  readonly overhead_from: 'run' | 'asked' | 'assumed';
  readonly cells: readonly CellAdvice[];
}

export interface AdviceOptions {
  /** Relative half-width, 0.01 = 1 %. */
  readonly precision: number;
  /** Start-up of a trial in ns, warm-up not included; from the run unless given. */
  readonly startUpNs?: number;
}

/** Start-up where nothing is known of it: two processes started, connected and reaped. */
const ASSUMED_START_UP_NS = 60e6;
/** Windows of this many tenths at most: further is further than ten tenths can tell. */
const MOST_TENTHS = 100;
/** Another window that doesn't save this share of the time isn't worth the change. */
const WORTHWHILE = 0.1;
/**
 * The interval is that of a median of trials, whose variance is π/2 times that of their mean when
 * they are normally distributed.
 */
const MEDIAN_OVER_MEAN = Math.PI / 2;

/**
 * Where to put repetitions, cell by cell: in longer windows or in more trials. Kalibera and
 * Jones' formulas (see `stats/kalibera-jones.ts`) with two levels, the tenths of a window within
 * the trial. Tenths rather than samples, since samples depend on each other from one to the next.
 */
export function planAdvice(document: ResultDocument, options: AdviceOptions): PlanAdvice {
  const overhead = overheadOf(document, options.startUpNs);
  return {
    run: document.run.id,
    precision: options.precision,
    overhead_ns: overhead.ns,
    overhead_from: overhead.from,
    cells: document.results.map((cell) => adviseCell(cell, options.precision, overhead.ns)),
  };
}

function adviseCell(cell: CellResult, precision: number, overheadNs: number): CellAdvice {
  const { probe, pattern, size_bytes, parameters, options } = cell;
  const { placement, client_cpu, server_cpu, wait, clients } = cell;
  const place = { placement, client_cpu, server_cpu, wait, clients };
  const trials = cell.per_trial.filter((trial) => trial.status === 'ok');
  const tenths = trials.flatMap(({ steadiness }) => (steadiness ? [steadiness.tenths_ns] : []));
  const head = {
    ...{ probe, pattern, size_bytes, parameters, options },
    ...place,
    trials: trials.length,
    median_ns: operationTimes(cell)?.median ?? null,
  };
  const reason = whyNot(cell, trials, tenths);
  if (reason !== null) return { ...head, ...NO_ADVICE, reason };
  const windowNs = median(trials.flatMap(({ window_ns: ns }) => (ns === null ? [] : [ns])));
  return { ...head, ...repetitionsFor(tenths, { windowNs, overheadNs, precision }), reason: null };
}

const NO_ADVICE = { between_trials: null, within_trial: null, as_measured: null, advised: null };

function whyNot(
  cell: CellResult,
  trials: readonly TrialRecord[],
  tenths: readonly (readonly number[])[],
): string | null {
  if (cell.status !== 'ok') return cell.reason ?? 'no trial has figures';
  if (trials.length < 2) return 'one trial says nothing about how trials differ';
  if (tenths.length < trials.length) {
    return 'the trials have no tenths: too few samples, or a result of an older version';
  }
  return tenths.flat().every((ns) => ns > 0) ? null : 'the clock resolves nothing of it';
}

interface Costs {
  readonly windowNs: number;
  readonly overheadNs: number;
  readonly precision: number;
}

function repetitionsFor(
  tenths: readonly (readonly number[])[],
  costs: Costs,
): Pick<CellAdvice, 'between_trials' | 'within_trial' | 'as_measured' | 'advised'> {
  const level = median(tenths.map(median));
  const shares = tenths.map((trial) => trial.map((ns) => ns / level));
  const [within, between] = varianceByLevel(shares).map(({ own }) => own) as [number, number];
  const tenthNs = costs.windowNs / (tenths[0] as readonly number[]).length;
  const best = optimalRepetitions(
    { level: within, above: between },
    { level: tenthNs, above: costs.overheadNs },
  );
  const needed = (count: number): Repetitions => {
    const variance = Math.max(0, between) + within / count;
    const trials = trialsFor(variance, costs.precision);
    const window = count * tenthNs;
    const time = trials === null ? null : trials * (window + costs.overheadNs);
    return { window_ns: window, trials, time_ns: time };
  };
  const asMeasured = needed(costs.windowNs / tenthNs);
  const advised = needed(Math.min(MOST_TENTHS, Math.ceil(best)));
  return {
    between_trials: Math.sqrt(Math.max(0, between)),
    within_trial: Math.sqrt(within),
    as_measured: asMeasured,
    advised: isWorthwhile(advised, asMeasured) ? advised : asMeasured,
  };
}

function trialsFor(variance: number, precision: number): number | null {
  const wanted = repetitionsForWidth(variance * MEDIAN_OVER_MEAN, precision);
  return wanted === null ? null : Math.max(STOPPING_MIN_TRIALS, wanted);
}

function isWorthwhile(advised: Repetitions, asMeasured: Repetitions): boolean {
  if (advised.time_ns === null) return false;
  if (asMeasured.time_ns === null) return true;
  return advised.time_ns < (1 - WORTHWHILE) * asMeasured.time_ns;
}

function overheadOf(
  { run, results }: ResultDocument,
  startUpNs: number | undefined,
): { ns: number; from: PlanAdvice['overhead_from'] } {
  const warmup = run.plan?.warmup_ns ?? 0;
  if (startUpNs !== undefined) return { ns: startUpNs + warmup, from: 'asked' };
  const trials = results.flatMap((cell) => cell.per_trial);
  const whole = run.ended !== null && run.complete && run.resumed === undefined;
  // A trial that failed has taken time that no window accounts for.
  if (!whole || trials.length === 0 || trials.some(({ window_ns: ns }) => ns === null)) {
    return { ns: ASSUMED_START_UP_NS + warmup, from: 'assumed' };
  }
  const elapsed = (Date.parse(run.ended as string) - Date.parse(run.started)) * 1e6;
  const windows = trials.reduce((sum, { window_ns: ns }) => sum + (ns ?? 0), 0);
  const each = (elapsed - windows) / trials.length;
  if (each > warmup) return { ns: each, from: 'run' };
  return { ns: ASSUMED_START_UP_NS + warmup, from: 'assumed' };
}
