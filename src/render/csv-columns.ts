import { COUNTER_FIELDS } from '../store/counters.js';
import { type TimesField, timesField } from '../store/operation.js';
import type {
  CellResult,
  GrantedRecord,
  ParametersRecord,
  ResultDocument,
  TimesRecord,
  TrialRecord,
} from '../store/schema.js';

/** A field before it is written; null = empty. */
export type Field = string | number | null;
/** A heading, and where its field is in what a line is about. */
export type Column<T> = readonly [heading: string, field: (item: T) => Field];

/** A cell, and the run that it is of. */
export interface CellLine {
  readonly run: ResultDocument['run'];
  readonly cell: CellResult;
}

/** One trial of a cell. */
export interface TrialLine extends CellLine {
  readonly trial: TrialRecord;
}

/** JSON, because values may hold any character; empty when there are none. */
export function optionsField(options: CellResult['options']): Field {
  return Object.keys(options).length === 0 ? null : JSON.stringify(options);
}

/** What was asked for; what came of it has columns of its own. */
export function parameterColumns(): Column<CellLine>[] {
  const columns: readonly (readonly [string, keyof ParametersRecord])[] = [
    ['asked_reply_bytes', 'reply_bytes'],
    ['asked_service_ns', 'service_ns'],
    ['asked_rate_per_s', 'rate_per_s'],
    ['arrivals', 'arrivals'],
    ['asked_window', 'window'],
    ['asked_backlog', 'backlog'],
  ];
  return columns.map(([heading, name]) => [heading, ({ cell }) => cell.parameters?.[name] ?? null]);
}

/** Statistics of one kind of time; empty for patterns that have it not. */
export function timesColumns(
  prefix: string,
  timesOf: (line: CellLine) => TimesRecord | null,
): Column<CellLine>[] {
  const plain = ['p50', 'p90', 'p99', 'p999', 'min', 'max', 'mean'] as const;
  return [
    [`${prefix}_median_ns`, (line) => timesOf(line)?.median ?? null],
    [`${prefix}_ci95_low_ns`, (line) => timesOf(line)?.ci95?.[0] ?? null],
    [`${prefix}_ci95_high_ns`, (line) => timesOf(line)?.ci95?.[1] ?? null],
    ...plain.map(
      (name): Column<CellLine> => [`${prefix}_${name}_ns`, (line) => timesOf(line)?.[name] ?? null],
    ),
  ];
}

const TRIAL_TIMES = [
  'median_ns',
  'p50_ns',
  'p90_ns',
  'p99_ns',
  'p999_ns',
  'min_ns',
  'max_ns',
  'mean_ns',
] as const satisfies readonly (keyof TrialRecord)[];

/** A trial's times, under the name of what its cell's pattern times. */
export function trialTimesColumns(prefix: string, field: TimesField): Column<TrialLine>[] {
  return TRIAL_TIMES.map((name) => [
    `${prefix}_${name}`,
    ({ cell, trial }) => (timesField(cell.pattern) === field ? trial[name] : null),
  ]);
}

/** Service times of a trial under load; the median is p50. */
export function serviceColumns(): Column<TrialLine>[] {
  return TRIAL_TIMES.flatMap((name) =>
    name === 'median_ns'
      ? []
      : [[`service_time_${name}`, ({ trial }: TrialLine) => trial.service_time?.[name] ?? null]],
  );
}

/** What the kernel granted of socket options. */
export function grantedColumns<T>(grantedOf: (item: T) => CellResult['granted']): Column<T>[] {
  const fields = [
    'sndbuf_bytes',
    'rcvbuf_bytes',
    'rcvlowat_bytes',
    'backlog',
  ] as const satisfies readonly (keyof GrantedRecord)[];
  return (['client', 'server'] as const).flatMap((side) =>
    fields.map(
      (field): Column<T> => [
        `${side}_granted_${field}`,
        (item) => grantedOf(item)?.[side][field] ?? null,
      ],
    ),
  );
}

type Peer = NonNullable<CellResult['usage']>['client'];

/** One side’s use of the machine. */
export function usageColumns<T>(
  side: 'client' | 'server',
  peerOf: (item: T) => Peer | undefined,
): Column<T>[] {
  const fields = [
    'user_us',
    'system_us',
    'voluntary_switches',
    'involuntary_switches',
    'ops',
    'wall_us',
    'minor_faults',
    'major_faults',
    'bytes_sent',
    'bytes_received',
  ] as const satisfies readonly (keyof Peer)[];
  return fields.map((field) => [`${side}_${field}`, (item) => peerOf(item)?.[field] ?? null]);
}

/** What copying takes of a cell's operation. */
export function bcopyColumns(): Column<CellLine>[] {
  const fields = ['copies', 'bytes', 'source', 'floor_ns', 'share'] as const;
  return fields.map((field) => [`bcopy_${field}`, ({ cell }) => cell.bcopy?.[field] ?? null]);
}

type Counters = NonNullable<CellResult['counters']>['client'];

/** One side’s performance counters; which they are, its error says where some are missing. */
export function counterColumns<T>(
  side: 'client' | 'server',
  countersOf: (item: T) => Counters | undefined,
): Column<T>[] {
  const fields = [...COUNTER_FIELDS, 'error', 'enabled_ns', 'running_ns'] as const;
  return fields.map((field) => [
    `${side}_counters_${field}`,
    (item) => countersOf(item)?.[field] ?? null,
  ]);
}

/** What became of the buffers that carry arguments. */
export function bufferColumns<T>(buffersOf: (item: T) => CellResult['buffers']): Column<T>[] {
  const fields = [
    'buffer_bytes',
    'peak',
    'peak_bytes',
    'mean',
    'mean_bytes',
    'sampled_mean',
    'holdings',
    'holding_ns',
    'span_ns',
    'waits',
    'failures',
    'overflows',
  ] as const satisfies readonly (keyof NonNullable<CellResult['buffers']>)[];
  return fields.map((field) => [
    field === 'buffer_bytes' ? field : `buffers_${field}`,
    (item) => buffersOf(item)?.[field] ?? null,
  ]);
}

/** Tukey’s counts. */
export function outlierColumns<T>(countsOf: (item: T) => CellResult['outliers']): Column<T>[] {
  const fields = ['of', 'low_severe', 'low_mild', 'high_mild', 'high_severe'] as const;
  return fields.map((field) => [`outliers_${field}`, (item) => countsOf(item)?.[field] ?? null]);
}
