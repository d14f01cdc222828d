import type { Cell } from '../plan/types.js';
import type { PeerUsage, TrialMeasurement, TrialOutcome, TrialProblem } from '../runner/types.js';
import { type MedianEstimate, medianOfTrials } from '../stats/bootstrap.js';
import {
  histogramCount,
  histogramQuantile,
  mergeHistograms,
  type SparseHistogram,
} from '../stats/histogram.js';
import { median } from '../stats/quantile.js';
import { type OutlierCounts, sumOutliers, tukeyOutliers } from '../stats/tukey.js';
import type {
  CellResult,
  OutlierRecord,
  TrialRecord,
  TrialUsageRecord,
  UsageRecord,
} from '../store/schema.js';

export interface AggregateContext {
  /** Trials that the plan has for the cell. */
  readonly trials: number;
  /** The run's seed; the cell's bootstrap takes its own from it. */
  readonly seed: number;
  /** Position of each outcome's trial in the run as carried out, when known. */
  readonly orders?: readonly number[];
}

/**
 * One cell's result from the outcomes of its trials. Pure: the same outcomes and
 * seed give the same result, so an interrupted run can call it after each trial.
 *
 * A cell with at least one measurement is `ok`; when others of its trials have
 * none, `reason` says so and `trials` is less than `trials_planned`. Nothing is
 * dropped and nothing missing is 0.
 *
 * @param outcomes by repetition, from 0; fewer than planned while a run goes on
 */
export function aggregateCell(
  cell: Cell,
  outcomes: readonly TrialOutcome[],
  context: AggregateContext,
): CellResult {
  const measured = outcomes.filter((outcome) => outcome.status === 'ok');
  const figures =
    measured.length === 0
      ? NO_CELL_FIGURES
      : cellFigures(measured, (context.seed % 0x1_0000_0000) + cell.index);
  return {
    probe: cell.probe,
    pattern: cell.pattern,
    size_bytes: cell.sizeBytes,
    placement: cell.placement,
    wait: cell.wait,
    clients: 1,
    options: { ...cell.options },
    trials: measured.length,
    trials_planned: context.trials,
    ...verdict(cell, outcomes, measured.length),
    ...figures,
    per_trial: outcomes.map((outcome, repetition) =>
      trialRecord(outcome, repetition, context.orders?.[repetition] ?? null),
    ),
  };
}

/** What takes part in the table: everything of a cell that comes from measurements. */
type CellFigures = Pick<
  CellResult,
  | 'batch'
  | 'request_bytes'
  | 'reply_bytes'
  | 'rtt_ns'
  | 'ops_per_s'
  | 'bytes_per_s'
  | 'usage'
  | 'outliers'
>;

const NO_CELL_FIGURES: CellFigures = {
  batch: null,
  request_bytes: null,
  reply_bytes: null,
  rtt_ns: null,
  ops_per_s: null,
  bytes_per_s: null,
  usage: null,
  outliers: null,
};

function verdict(
  cell: Cell,
  outcomes: readonly TrialOutcome[],
  measured: number,
): Pick<CellResult, 'status' | 'reason' | 'remedy'> {
  if (cell.unavailable !== null && measured === 0) {
    return { status: 'unavailable', ...cell.unavailable };
  }
  const problems = outcomes.filter((outcome) => outcome.status !== 'ok');
  const worst = mostTelling(problems);
  if (measured > 0) {
    if (worst === null) return { status: 'ok', reason: null, remedy: null };
    const reason = `${problems.length} of ${outcomes.length} trials without figures: ${worst.reason}`;
    return { status: 'ok', reason, remedy: worst.remedy };
  }
  if (worst === null) {
    return { status: 'failed', reason: 'no trial was carried out', remedy: null };
  }
  const status = worst.status === 'unavailable' ? 'unavailable' : 'failed';
  return { status, reason: worst.reason, remedy: worst.remedy };
}

/** A failure tells more than an unavailability, and that more than a stop. */
function mostTelling(problems: readonly TrialProblem[]): TrialProblem | null {
  for (const status of ['failed', 'unavailable', 'stopped']) {
    const found = problems.find((problem) => problem.status === status);
    if (found !== undefined) return found;
  }
  return null;
}

function cellFigures(measured: readonly TrialMeasurement[], seed: number): CellFigures {
  const ops = sum(measured, (trial) => trial.ops);
  const seconds = sum(measured, (trial) => trial.windowNs) / 1e9;
  const bytes = sum(measured, (trial) => trial.ops * (trial.requestBytes + trial.replyBytes));
  const [first] = measured;
  return {
    batch: Math.max(...measured.map((trial) => trial.batch)),
    // The cell says how long the messages are, so its trials can't differ in it.
    request_bytes: first?.requestBytes ?? null,
    reply_bytes: first?.replyBytes ?? null,
    rtt_ns: roundTrip(measured, seed),
    // Total operations over total time is the harmonic mean of the rates, weighted by operations.
    ops_per_s: seconds > 0 ? ops / seconds : null,
    bytes_per_s: seconds > 0 ? bytes / seconds : null,
    usage: {
      client: sumUsage(measured.map((trial) => trial.client)),
      server: sumUsage(measured.map((trial) => trial.server)),
    },
    outliers: outlierRecord(sumOutliers(measured.map((trial) => tukeyOutliers(trial.samplesNs)))),
  };
}

function roundTrip(measured: readonly TrialMeasurement[], seed: number): CellResult['rtt_ns'] {
  const estimate = medianEstimate(measured, seed);
  if (estimate.median === null) return null;
  const min = Math.min(...measured.map((trial) => trial.minNs));
  const max = Math.max(...measured.map((trial) => trial.maxNs));
  const merged = mergeHistograms(measured.map((trial) => trial.histogram));
  const samples = sum(measured, (trial) => histogramCount(trial.histogram));
  const total = sum(measured, (trial) => trial.meanNs * histogramCount(trial.histogram));
  return {
    median: estimate.median,
    ci95: estimate.ci95 === null ? null : [...estimate.ci95],
    ...percentiles(merged, min, max),
    min,
    max,
    mean: samples > 0 ? total / samples : null,
  };
}

function medianEstimate(measured: readonly TrialMeasurement[], seed: number): MedianEstimate {
  const medians = measured.map(trialMedianNs).filter((value) => value !== null);
  // A sample is a difference of whole nanoseconds over a batch of operations.
  const resolution = Math.max(...measured.map((trial) => 1 / trial.batch));
  return medianOfTrials(medians, { seed, resolution });
}

/** From the samples, which are finer than the histogram's buckets. */
function trialMedianNs(trial: TrialMeasurement): number | null {
  if (trial.samplesNs.length > 0) return median(trial.samplesNs);
  const ps = histogramQuantile(trial.histogram, 0.5);
  return ps === null ? null : ps / 1000;
}

function percentiles(histogram: SparseHistogram, minNs: number, maxNs: number) {
  const bounds = { minPs: minNs * 1000, maxPs: maxNs * 1000 };
  const at = (p: number): number | null => {
    const ps = histogramQuantile(histogram, p, bounds);
    return ps === null ? null : ps / 1000;
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
}

function trialRecord(outcome: TrialOutcome, repetition: number, order: number | null): TrialRecord {
  if (outcome.status !== 'ok') {
    const { status, reason, remedy } = outcome;
    return { repetition, order, status, reason, remedy, ...NO_TRIAL_FIGURES };
  }
  return {
    repetition,
    order,
    status: 'ok',
    reason: null,
    remedy: null,
    ...trialFigures(outcome),
  };
}

type TrialFigures = Omit<TrialRecord, 'repetition' | 'order' | 'status' | 'reason' | 'remedy'>;

const NO_TRIAL_FIGURES: TrialFigures = {
  median_ns: null,
  p50_ns: null,
  p90_ns: null,
  p99_ns: null,
  p999_ns: null,
  min_ns: null,
  max_ns: null,
  mean_ns: null,
  window_ns: null,
  ops: null,
  batch: null,
  clock_cost_ns: null,
  warmup_ops: null,
  verified_ops: null,
  request_bytes: null,
  reply_bytes: null,
  adaptive_spin_ns: null,
  samples: null,
  outliers: null,
  histogram: null,
  usage: null,
};

function trialFigures(trial: TrialMeasurement): TrialFigures {
  const { p50, p90, p99, p999 } = percentiles(trial.histogram, trial.minNs, trial.maxNs);
  const { indexes, counts } = trial.histogram;
  return {
    median_ns: trialMedianNs(trial),
    p50_ns: p50,
    p90_ns: p90,
    p99_ns: p99,
    p999_ns: p999,
    min_ns: trial.minNs,
    max_ns: trial.maxNs,
    mean_ns: trial.meanNs,
    window_ns: trial.windowNs,
    ops: trial.ops,
    batch: trial.batch,
    clock_cost_ns: trial.clockCostNs,
    warmup_ops: trial.warmupOps,
    verified_ops: trial.verifiedOps,
    request_bytes: trial.requestBytes,
    reply_bytes: trial.replyBytes,
    adaptive_spin_ns: trial.adaptiveSpinNs,
    samples: {
      kept: trial.samplesNs.length,
      stride: trial.sampleStride,
      total: histogramCount(trial.histogram),
    },
    outliers: outlierRecord(tukeyOutliers(trial.samplesNs)),
    histogram: { indexes: [...indexes], counts: [...counts] },
    usage: { client: trialUsage(trial.client), server: trialUsage(trial.server) },
  };
}

function trialUsage(usage: PeerUsage): TrialUsageRecord {
  return { ...sumUsage([usage]), cpu_first: usage.cpuFirst, cpu_last: usage.cpuLast };
}

function sumUsage(usages: readonly PeerUsage[]): UsageRecord {
  return {
    user_us: sum(usages, (usage) => usage.userNs) / 1000,
    system_us: sum(usages, (usage) => usage.systemNs) / 1000,
    voluntary_switches: sum(usages, (usage) => usage.voluntarySwitches),
    involuntary_switches: sum(usages, (usage) => usage.involuntarySwitches),
    ops: sum(usages, (usage) => usage.ops),
    wall_us: sum(usages, (usage) => usage.wallNs) / 1000,
    minor_faults: sum(usages, (usage) => usage.minorFaults),
    major_faults: sum(usages, (usage) => usage.majorFaults),
    bytes_sent: sum(usages, (usage) => usage.bytesSent),
    bytes_received: sum(usages, (usage) => usage.bytesReceived),
  };
}

function outlierRecord(counts: OutlierCounts): OutlierRecord {
  return {
    of: counts.of,
    low_severe: counts.lowSevere,
    low_mild: counts.lowMild,
    high_mild: counts.highMild,
    high_severe: counts.highSevere,
  };
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}
