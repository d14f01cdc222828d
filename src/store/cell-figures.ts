import { bcopyOf, type CopyFacts, sourceOf } from './bcopy.js';
import { buffersOfTrials } from './buffers.js';
import { sumCounters } from './counters.js';
import { type TimesField, timesField } from './operation.js';
import type {
  CalibrationRecord,
  CellIdentity,
  CellResult,
  GrantedRecord,
  OutlierRecord,
  TimesRecord,
  TrialRecord,
  TrialUsageRecord,
  UsageRecord,
} from './schema.js';
import { known, operationTimesOf, serviceTimesOf, timesOfTrials } from './trial-times.js';

export {
  estimateOfTrials,
  operationTimesOf,
  percentilesOf,
  serviceTimesOf,
  type TrialTimes,
  timesOfTrials,
} from './trial-times.js';

/** What a cell is, before anything of it is measured. */
export type CellHead = CellIdentity & {
  /** Set when the plan already knew that the cell can't run here. */
  readonly unavailable: { readonly reason: string; readonly remedy: string | null } | null;
  /** Copies per message; null = not known. */
  readonly copies: CopyFacts | null;
};

export interface CellContext {
  /** Position in the plan: each cell's bootstrap has a seed of its own. */
  readonly index: number;
  /** Trials that the plan has for the cell. */
  readonly trials: number;
  /** The run's seed. */
  readonly seed: number;
  readonly stopped?: CellResult['stopped'];
  /** What a copy costs; absent = not known. */
  readonly calibration?: CalibrationRecord | null;
}

/**
 * One cell's result from the records of its trials. Pure, and from nothing but what is saved: a
 * run that was interrupted and resumed comes to the same figures as one that was not.
 *
 * A cell with at least one measurement is `ok`; when others of its trials have none, `reason` says
 * so and `trials` is less than `trials_planned`. Nothing is dropped and nothing missing is 0.
 *
 * @param records by repetition, from 0; fewer than planned while a run goes on
 */
export function cellResult(
  head: CellHead,
  records: readonly TrialRecord[],
  context: CellContext,
): CellResult {
  const measured = records.filter(isMeasured);
  const { unavailable: _, copies: __, ...cell } = head;
  const figures = measured.length === 0 ? NO_CELL_FIGURES : cellFigures(head, measured, context);
  return {
    ...cell,
    options: { ...head.options },
    trials: measured.length,
    trials_planned: context.trials,
    stopped: context.stopped ?? null,
    ...verdict(head, records, measured.length),
    ...figures,
    per_trial: [...records],
  };
}

/** The seed of a cell's bootstrap. */
export function bootstrapSeed(seed: number, index: number): number {
  return (seed % 0x1_0000_0000) + index;
}

/** What takes part in the table: everything of a cell that comes from measurements. */
type CellFigures = Pick<
  CellResult,
  | 'batch'
  | 'request_bytes'
  | 'reply_bytes'
  | TimesField
  | 'service_time_ns'
  | 'unsent_ops'
  | 'ops_per_s'
  | 'bytes_per_s'
  | 'stream_window'
  | 'granted'
  | 'usage'
  | 'bcopy'
  | 'counters'
  | 'buffers'
  | 'outliers'
>;

const NO_TIMES: Readonly<Record<TimesField, null>> = {
  rtt_ns: null,
  message_ns: null,
  connect_ns: null,
  response_ns: null,
};

const NO_CELL_FIGURES: CellFigures = {
  batch: null,
  request_bytes: null,
  reply_bytes: null,
  ...NO_TIMES,
  service_time_ns: null,
  unsent_ops: null,
  ops_per_s: null,
  bytes_per_s: null,
  stream_window: null,
  granted: null,
  usage: null,
  bcopy: null,
  counters: null,
  buffers: null,
  outliers: null,
};

/** A trial with figures, as far as a cell's figures come from them. */
type MeasuredRecord = TrialRecord & {
  readonly [Name in
    | 'ops'
    | 'batch'
    | 'window_ns'
    | 'histogram'
    | 'outliers'
    | 'usage']: NonNullable<TrialRecord[Name]>;
};

/** Whether a trial has figures. */
export function isMeasured(record: TrialRecord): record is MeasuredRecord {
  const { status, ops, batch, window_ns, histogram, outliers, usage } = record;
  const figures = [ops, batch, window_ns, histogram, outliers, usage];
  return status === 'ok' && figures.every((figure) => figure !== null);
}

function verdict(
  cell: CellHead,
  records: readonly TrialRecord[],
  measured: number,
): Pick<CellResult, 'status' | 'reason' | 'remedy'> {
  if (cell.unavailable !== null && measured === 0) {
    return { status: 'unavailable', ...cell.unavailable };
  }
  const problems = records.filter((record) => record.status !== 'ok');
  const worst = mostTelling(problems);
  if (measured > 0) {
    if (worst === null) return { status: 'ok', reason: null, remedy: null };
    const reason = `${problems.length} of ${records.length} trials without figures: ${worst.reason}`;
    return { status: 'ok', reason, remedy: worst.remedy };
  }
  if (worst === null) {
    return { status: 'failed', reason: 'no trial was carried out', remedy: null };
  }
  const status = worst.status === 'unavailable' ? 'unavailable' : 'failed';
  return { status, reason: worst.reason, remedy: worst.remedy };
}

/** A failure tells more than an unavailability, and that more than a stop. */
function mostTelling(problems: readonly TrialRecord[]): TrialRecord | null {
  for (const status of ['failed', 'unavailable', 'stopped']) {
    const found = problems.find((problem) => problem.status === status);
    if (found !== undefined) return found;
  }
  return null;
}

function cellFigures(
  head: CellHead,
  measured: readonly MeasuredRecord[],
  context: CellContext,
): CellFigures {
  const { pattern } = head;
  const seed = bootstrapSeed(context.seed, context.index);
  const times = timesOfTrials(measured.map(operationTimesOf), seed);
  const ops = sum(measured, (trial) => trial.ops);
  const seconds = sum(measured, (trial) => trial.window_ns) / 1e9;
  const bytes = payloadBytes(pattern, measured);
  const [first] = measured;
  return {
    batch: Math.max(...measured.map((trial) => trial.batch)),
    // The cell says how long the messages are, so its trials can't differ in it.
    request_bytes: first?.request_bytes ?? null,
    reply_bytes: first?.reply_bytes ?? null,
    ...operationTimes(pattern, times),
    ...loadFigures(measured, seed),
    // Total operations over total time is the harmonic mean of the rates, weighted by operations.
    ops_per_s: seconds > 0 ? ops / seconds : null,
    bytes_per_s: seconds > 0 && bytes !== null ? bytes / seconds : null,
    stream_window:
      pattern === 'stream' ? agreed(measured.map((trial) => trial.stream_window)) : null,
    granted: agreedGrants(measured),
    usage: {
      client: sumUsage(measured.map((trial) => trial.usage.client)),
      server: sumUsage(measured.map((trial) => trial.usage.server)),
    },
    bcopy:
      bytes === null
        ? null
        : bcopyOf(
            {
              ...{ pattern, copies: head.copies, source: sourceOf(head, measured) },
              requestBytes: first?.request_bytes ?? 0,
              replyBytes: first?.reply_bytes ?? 0,
              meanNs: times?.mean ?? null,
            },
            context.calibration ?? null,
          ),
    counters: sumCounters(measured),
    buffers: buffersOfTrials(measured),
    outliers: sumOutliers(measured.map((trial) => trial.outliers)),
  };
}

/** Times under the name of what was timed. */
function operationTimes(pattern: string, times: TimesRecord | null): Pick<CellResult, TimesField> {
  return { ...NO_TIMES, [timesField(pattern)]: times };
}

function loadFigures(
  measured: readonly MeasuredRecord[],
  seed: number,
): Pick<CellResult, 'service_time_ns' | 'unsent_ops'> {
  const services = measured.map((trial) => trial.service_time).filter((it) => it !== null);
  if (services.length === 0) return { service_time_ns: null, unsent_ops: null };
  return {
    service_time_ns: timesOfTrials(services.map(serviceTimesOf), seed),
    unsent_ops: sum(measured, (trial) => trial.unsent_ops ?? 0),
  };
}

/** Payload that moved in the timed windows; null where the operation moves none. */
function payloadBytes(pattern: string, measured: readonly MeasuredRecord[]): number | null {
  // What moves nothing has nothing to verify.
  const moves = pattern !== 'connect' && measured.some((trial) => (trial.verified_ops ?? 0) > 0);
  if (!moves) return null;
  const perOperation = (trial: MeasuredRecord) =>
    known(trial.request_bytes) + (pattern === 'stream' ? 0 : known(trial.reply_bytes));
  return sum(measured, (trial) => trial.ops * perOperation(trial));
}

function agreedGrants(measured: readonly TrialRecord[]): CellResult['granted'] {
  const all = measured.map((trial) => trial.granted).filter((it) => it !== null);
  if (all.length === 0) return null;
  const side = (of: (granted: NonNullable<TrialRecord['granted']>) => GrantedRecord) => {
    const field = (name: keyof GrantedRecord) => agreed(all.map((granted) => of(granted)[name]));
    return {
      sndbuf_bytes: field('sndbuf_bytes'),
      rcvbuf_bytes: field('rcvbuf_bytes'),
      rcvlowat_bytes: field('rcvlowat_bytes'),
      backlog: field('backlog'),
    };
  };
  return { client: side(({ client }) => client), server: side(({ server }) => server) };
}

function sumUsage(usages: readonly TrialUsageRecord[]): UsageRecord {
  const total = (name: keyof UsageRecord) => sum(usages, (usage) => usage[name]);
  // Readings are whole nanoseconds: summed as such, their total has no error of its own.
  const micros = (name: keyof UsageRecord) =>
    sum(usages, (usage) => Math.round(usage[name] * 1000)) / 1000;
  return {
    user_us: micros('user_us'),
    system_us: micros('system_us'),
    voluntary_switches: total('voluntary_switches'),
    involuntary_switches: total('involuntary_switches'),
    ops: total('ops'),
    wall_us: micros('wall_us'),
    minor_faults: total('minor_faults'),
    major_faults: total('major_faults'),
    bytes_sent: total('bytes_sent'),
    bytes_received: total('bytes_received'),
  };
}

function sumOutliers(all: readonly OutlierRecord[]): OutlierRecord {
  const total = (name: keyof OutlierRecord) => sum(all, (one) => one[name]);
  return {
    of: total('of'),
    low_severe: total('low_severe'),
    low_mild: total('low_mild'),
    high_mild: total('high_mild'),
    high_severe: total('high_severe'),
  };
}

/** The value that all have; null when they differ. */
function agreed<T>(values: readonly T[]): T | null {
  return new Set(values).size === 1 ? (values[0] ?? null) : null;
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}
