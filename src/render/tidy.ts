import { bucketRange } from '../stats/histogram.js';
import { timesField } from '../store/operation.js';
import type { CellResult, ResultDocument, TrialRecord } from '../store/schema.js';
import {
  bcopyColumns,
  bufferColumns,
  type CellLine,
  type Column,
  counterColumns,
  type Field,
  grantedColumns,
  optionsField,
  outlierColumns,
  parameterColumns,
  serviceColumns,
  type TrialLine,
  timesColumns,
  trialTimesColumns,
  usageColumns,
} from './csv-columns.js';

/** What a row stands for: a cell, a trial of it, or a bucket of the trial's histogram. */
export const TIDY_LEVELS = ['cell', 'trial', 'histogram'] as const;
export type TidyLevel = (typeof TIDY_LEVELS)[number];

/** What a column holds: text, a whole number, or any number; null is missing in all of them. */
export type TidyType = 'text' | 'whole' | 'number';

export interface TidyColumn {
  /** In snake_case, with the unit where there is one. */
  readonly name: string;
  readonly type: TidyType;
}

/** One observation per row, every row complete in itself; numbers in full, missing is null. */
export interface TidyTable {
  readonly columns: readonly TidyColumn[];
  /** Made while they are read, so that a million of them need no room. */
  rows(): Generator<readonly Field[]>;
}

/** The cells, trials or buckets of all documents, one after the other. */
export function tidyTable(documents: readonly ResultDocument[], level: TidyLevel): TidyTable {
  switch (level) {
    case 'cell':
      return tableOf(CELL_LEVEL, () => cellLines(documents));
    case 'trial':
      return tableOf(TRIAL_LEVEL, () => trialLines(documents));
    case 'histogram':
      return tableOf(HISTOGRAM_LEVEL, () => bucketLines(documents));
  }
}

function tableOf<T>(columns: readonly Column<T>[], lines: () => Iterable<T>): TidyTable {
  return {
    columns: columns.map(([name]) => ({ name, type: typeOf(name) })),
    *rows() {
      for (const line of lines()) yield columns.map(([, field]) => field(line));
    },
  };
}

/** The name of the machine that a run was made on; null when it isn't known. */
export function hostOf({ host }: ResultDocument['run']): string | null {
  const { hostname } = host;
  return typeof hostname === 'string' && hostname !== '' ? hostname : null;
}

const TEXT = new Set([
  ...['run_id', 'started', 'host', 'probe', 'pattern', 'placement', 'wait', 'options'],
  ...['arrivals', 'status', 'reason', 'remedy', 'times'],
  ...['stopped', 'bcopy_source', 'steadiness'],
]);

/** Times, rates and shares have fractions, and events are scaled where they took turns; all else is counted. */
function typeOf(name: string): TidyType {
  if (TEXT.has(name)) return 'text';
  if (name.endsWith('_counters_error')) return 'whole';
  return /_(ns|us|share)$|_per_(s|tenth)$|_counters_/.test(name) ? 'number' : 'whole';
}

function* cellLines(documents: readonly ResultDocument[]): Generator<CellLine> {
  for (const { run, results } of documents) for (const cell of results) yield { run, cell };
}

function* trialLines(documents: readonly ResultDocument[]): Generator<TrialLine> {
  for (const line of cellLines(documents)) {
    for (const trial of line.cell.per_trial) yield { ...line, trial };
  }
}

/** A bucket of a trial's histogram. */
interface BucketLine extends TrialLine {
  /** What was timed, as the columns of the other levels begin. */
  readonly times: string;
  readonly lowPs: number;
  /** The bucket ends before it. */
  readonly highPs: number;
  readonly samples: number;
}

function* bucketLines(documents: readonly ResultDocument[]): Generator<BucketLine> {
  for (const line of trialLines(documents)) {
    const own = timesField(line.cell.pattern).replace(/_ns$/, '');
    yield* bucketsOf(line, own, line.trial.histogram);
    yield* bucketsOf(line, 'service_time', line.trial.service_time?.histogram ?? null);
  }
}

function* bucketsOf(
  line: TrialLine,
  times: string,
  histogram: TrialRecord['histogram'],
): Generator<BucketLine> {
  if (histogram === null) return;
  for (const [i, index] of histogram.indexes.entries()) {
    const { low, high } = bucketRange(index);
    yield { ...line, times, lowPs: low, highPs: high, samples: histogram.counts[i] ?? 0 };
  }
}

/** What a row is about: the same at all levels. */
const PLACE_COLUMNS: readonly Column<CellLine>[] = [
  ['run_id', ({ run }) => run.id],
  ['started', ({ run }) => run.started],
  ['host', ({ run }) => hostOf(run)],
  ['probe', ({ cell }) => cell.probe],
  ['pattern', ({ cell }) => cell.pattern],
  // A connection has no payload, whatever the plan put there.
  ['size_bytes', ({ cell }) => (cell.pattern === 'connect' ? null : cell.size_bytes)],
  ['placement', ({ cell }) => cell.placement],
  ['client_cpu', ({ cell }) => cell.client_cpu],
  ['server_cpu', ({ cell }) => cell.server_cpu],
  ['wait', ({ cell }) => cell.wait],
  ['clients', ({ cell }) => cell.clients],
  ['options', ({ cell }) => optionsField(cell.options)],
  ...parameterColumns(),
];

const CELL_LEVEL: readonly Column<CellLine>[] = [
  ...PLACE_COLUMNS,
  ['status', ({ cell }) => cell.status],
  ['reason', ({ cell }) => cell.reason],
  ['remedy', ({ cell }) => cell.remedy],
  ['trials', ({ cell }) => cell.trials],
  ['trials_planned', ({ cell }) => cell.trials_planned],
  ['stopped', ({ cell }) => cell.stopped],
  ['batch', ({ cell }) => cell.batch],
  ['request_bytes', ({ cell }) => cell.request_bytes],
  ['reply_bytes', ({ cell }) => cell.reply_bytes],
  ...timesColumns('rtt', ({ cell }) => cell.rtt_ns),
  ...timesColumns('message', ({ cell }) => cell.message_ns),
  ...timesColumns('connect', ({ cell }) => cell.connect_ns),
  ...timesColumns('response', ({ cell }) => cell.response_ns),
  ...timesColumns('service_time', ({ cell }) => cell.service_time_ns),
  ['ops_per_s', ({ cell }) => cell.ops_per_s],
  ['bytes_per_s', ({ cell }) => cell.bytes_per_s],
  ['unsent_ops', ({ cell }) => cell.unsent_ops],
  ['stream_window', ({ cell }) => cell.stream_window],
  ...grantedColumns<CellLine>(({ cell }) => cell.granted),
  ...usageColumns<CellLine>('client', ({ cell }) => cell.usage?.client),
  ...usageColumns<CellLine>('server', ({ cell }) => cell.usage?.server),
  ...bcopyColumns(),
  ...counterColumns<CellLine>('client', ({ cell }) => cell.counters?.client),
  ...counterColumns<CellLine>('server', ({ cell }) => cell.counters?.server),
  ...bufferColumns<CellLine>(({ cell }) => cell.buffers),
  ...outlierColumns<CellLine>(({ cell }) => cell.outliers),
];

const TRIAL_LEVEL: readonly Column<TrialLine>[] = [
  ...PLACE_COLUMNS,
  ['repetition', ({ trial }) => trial.repetition],
  ['order', ({ trial }) => trial.order],
  ['status', ({ trial }) => trial.status],
  ['reason', ({ trial }) => trial.reason],
  ['remedy', ({ trial }) => trial.remedy],
  ['environment_bytes', ({ trial }) => trial.environment_bytes],
  ...trialTimesColumns('rtt', 'rtt_ns'),
  ...trialTimesColumns('message', 'message_ns'),
  ...trialTimesColumns('connect', 'connect_ns'),
  ...trialTimesColumns('response', 'response_ns'),
  ...serviceColumns(),
  ['window_ns', ({ trial }) => trial.window_ns],
  ['ops', ({ trial }) => trial.ops],
  ['batch', ({ trial }) => trial.batch],
  ['clock_cost_ns', ({ trial }) => trial.clock_cost_ns],
  ['warmup_ops', ({ trial }) => trial.warmup_ops],
  ['verified_ops', ({ trial }) => trial.verified_ops],
  ['request_bytes', ({ trial }) => trial.request_bytes],
  ['reply_bytes', ({ trial }) => trial.reply_bytes],
  ['adaptive_spin_ns', ({ trial }) => trial.adaptive_spin_ns],
  ['unsent_ops', ({ trial }) => trial.unsent_ops],
  ['stream_window', ({ trial }) => trial.stream_window],
  ...grantedColumns<TrialLine>(({ trial }) => trial.granted),
  ['samples_kept', ({ trial }) => trial.samples?.kept ?? null],
  ['samples_stride', ({ trial }) => trial.samples?.stride ?? null],
  ['samples_total', ({ trial }) => trial.samples?.total ?? null],
  ['steadiness', ({ trial }) => trial.steadiness?.verdict ?? null],
  ['slope_per_tenth', ({ trial }) => trial.steadiness?.slope_per_tenth ?? null],
  ['steady_from_tenth', ({ trial }) => trial.steadiness?.steady_from_tenth ?? null],
  ...usageColumns<TrialLine>('client', ({ trial }) => trial.usage?.client),
  ['client_cpu_first', ({ trial }) => trial.usage?.client.cpu_first ?? null],
  ['client_cpu_last', ({ trial }) => trial.usage?.client.cpu_last ?? null],
  ...usageColumns<TrialLine>('server', ({ trial }) => trial.usage?.server),
  ['server_cpu_first', ({ trial }) => trial.usage?.server.cpu_first ?? null],
  ['server_cpu_last', ({ trial }) => trial.usage?.server.cpu_last ?? null],
  ...counterColumns<TrialLine>('client', ({ trial }) => trial.counters?.client),
  ...counterColumns<TrialLine>('server', ({ trial }) => trial.counters?.server),
  ...bufferColumns<TrialLine>(({ trial }) => trial.buffers),
  ...outlierColumns<TrialLine>(({ trial }) => trial.outliers),
];

const HISTOGRAM_LEVEL: readonly Column<BucketLine>[] = [
  ...PLACE_COLUMNS,
  ['repetition', ({ trial }) => trial.repetition],
  ['batch', ({ trial }) => trial.batch],
  ['times', ({ times }) => times],
  ['bucket_low_ns', ({ lowPs }) => lowPs / 1000],
  ['bucket_high_ns', ({ highPs }) => highPs / 1000],
  ['samples', ({ samples }) => samples],
];

/** The options of a cell as they are, where a format has records; null when there are none. */
export function optionsRecord(options: Field): CellResult['options'] | null {
  return typeof options === 'string' ? JSON.parse(options) : null;
}
