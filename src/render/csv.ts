import { stringify } from 'csv-stringify/sync';
import type { CellResult, ResultDocument, TrialRecord } from '../store/schema.js';

/** One line per cell, or one per trial. */
export type CsvLevel = 'cell' | 'trial';

export interface CsvOptions {
  /** `cell` unless given. */
  readonly level?: CsvLevel;
}

/**
 * A result document as tidy CSV (RFC 4180: CRLF, quotes doubled): a header in
 * snake_case with units, one observation per line, every line complete in
 * itself. Missing is empty, never 0; numbers are written in full.
 */
export function renderCsv(document: ResultDocument, options: CsvOptions = {}): string {
  const { run, results } = document;
  return options.level === 'trial'
    ? table(
        [...PLACE_COLUMNS, ...TRIAL_COLUMNS],
        results.flatMap((cell) => cell.per_trial.map((trial) => ({ run, cell, trial }))),
      )
    : table(
        [...PLACE_COLUMNS, ...CELL_COLUMNS],
        results.map((cell) => ({ run, cell })),
      );
}

/** A field before it is written; null = empty. */
type Field = string | number | null;
/** A heading, and where its field is in what a line is about. */
type Column<T> = readonly [heading: string, field: (item: T) => Field];

interface CellLine {
  readonly run: ResultDocument['run'];
  readonly cell: CellResult;
}

interface TrialLine extends CellLine {
  readonly trial: TrialRecord;
}

function table<T>(columns: readonly Column<T>[], items: readonly T[]): string {
  const header = columns.map(([heading]) => heading);
  const lines = items.map((item) => columns.map(([, field]) => field(item)));
  return stringify([header, ...lines], {
    record_delimiter: 'windows',
    // A lone CR or LF isn't the delimiter, so it would go unquoted; readers take it for one.
    quoted_match: /[\r\n]/,
  });
}

/** What a line is about: the same at both levels. */
const PLACE_COLUMNS: readonly Column<CellLine>[] = [
  ['run_id', ({ run }) => run.id],
  ['started', ({ run }) => run.started],
  ['probe', ({ cell }) => cell.probe],
  ['pattern', ({ cell }) => cell.pattern],
  ['size_bytes', ({ cell }) => cell.size_bytes],
  ['placement', ({ cell }) => cell.placement],
  ['wait', ({ cell }) => cell.wait],
  ['clients', ({ cell }) => cell.clients],
  ['options', ({ cell }) => optionsField(cell.options)],
];

const CELL_COLUMNS: readonly Column<CellLine>[] = [
  ['status', ({ cell }) => cell.status],
  ['reason', ({ cell }) => cell.reason],
  ['remedy', ({ cell }) => cell.remedy],
  ['trials', ({ cell }) => cell.trials],
  ['trials_planned', ({ cell }) => cell.trials_planned],
  ['batch', ({ cell }) => cell.batch],
  ['request_bytes', ({ cell }) => cell.request_bytes],
  ['reply_bytes', ({ cell }) => cell.reply_bytes],
  ['rtt_median_ns', ({ cell }) => cell.rtt_ns?.median ?? null],
  ['rtt_ci95_low_ns', ({ cell }) => cell.rtt_ns?.ci95?.[0] ?? null],
  ['rtt_ci95_high_ns', ({ cell }) => cell.rtt_ns?.ci95?.[1] ?? null],
  ['rtt_p50_ns', ({ cell }) => cell.rtt_ns?.p50 ?? null],
  ['rtt_p90_ns', ({ cell }) => cell.rtt_ns?.p90 ?? null],
  ['rtt_p99_ns', ({ cell }) => cell.rtt_ns?.p99 ?? null],
  ['rtt_p999_ns', ({ cell }) => cell.rtt_ns?.p999 ?? null],
  ['rtt_min_ns', ({ cell }) => cell.rtt_ns?.min ?? null],
  ['rtt_max_ns', ({ cell }) => cell.rtt_ns?.max ?? null],
  ['rtt_mean_ns', ({ cell }) => cell.rtt_ns?.mean ?? null],
  ['ops_per_s', ({ cell }) => cell.ops_per_s],
  ['bytes_per_s', ({ cell }) => cell.bytes_per_s],
  ...usageColumns<CellLine>('client', ({ cell }) => cell.usage?.client),
  ...usageColumns<CellLine>('server', ({ cell }) => cell.usage?.server),
  ...outlierColumns<CellLine>(({ cell }) => cell.outliers),
];

const TRIAL_COLUMNS: readonly Column<TrialLine>[] = [
  ['repetition', ({ trial }) => trial.repetition],
  ['order', ({ trial }) => trial.order],
  ['status', ({ trial }) => trial.status],
  ['reason', ({ trial }) => trial.reason],
  ['remedy', ({ trial }) => trial.remedy],
  ['rtt_median_ns', ({ trial }) => trial.median_ns],
  ['rtt_p50_ns', ({ trial }) => trial.p50_ns],
  ['rtt_p90_ns', ({ trial }) => trial.p90_ns],
  ['rtt_p99_ns', ({ trial }) => trial.p99_ns],
  ['rtt_p999_ns', ({ trial }) => trial.p999_ns],
  ['rtt_min_ns', ({ trial }) => trial.min_ns],
  ['rtt_max_ns', ({ trial }) => trial.max_ns],
  ['rtt_mean_ns', ({ trial }) => trial.mean_ns],
  ['window_ns', ({ trial }) => trial.window_ns],
  ['ops', ({ trial }) => trial.ops],
  ['batch', ({ trial }) => trial.batch],
  ['clock_cost_ns', ({ trial }) => trial.clock_cost_ns],
  ['warmup_ops', ({ trial }) => trial.warmup_ops],
  ['verified_ops', ({ trial }) => trial.verified_ops],
  ['request_bytes', ({ trial }) => trial.request_bytes],
  ['reply_bytes', ({ trial }) => trial.reply_bytes],
  ['adaptive_spin_ns', ({ trial }) => trial.adaptive_spin_ns],
  ['samples_kept', ({ trial }) => trial.samples?.kept ?? null],
  ['samples_stride', ({ trial }) => trial.samples?.stride ?? null],
  ['samples_total', ({ trial }) => trial.samples?.total ?? null],
  ...usageColumns<TrialLine>('client', ({ trial }) => trial.usage?.client),
  ['client_cpu_first', ({ trial }) => trial.usage?.client.cpu_first ?? null],
  ['client_cpu_last', ({ trial }) => trial.usage?.client.cpu_last ?? null],
  ...usageColumns<TrialLine>('server', ({ trial }) => trial.usage?.server),
  ['server_cpu_first', ({ trial }) => trial.usage?.server.cpu_first ?? null],
  ['server_cpu_last', ({ trial }) => trial.usage?.server.cpu_last ?? null],
  ...outlierColumns<TrialLine>(({ trial }) => trial.outliers),
];

/** JSON, because values may hold any character; empty when there are none. */
function optionsField(options: CellResult['options']): Field {
  return Object.keys(options).length === 0 ? null : JSON.stringify(options);
}

type Peer = NonNullable<CellResult['usage']>['client'];

function usageColumns<T>(
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

function outlierColumns<T>(countsOf: (item: T) => CellResult['outliers']): Column<T>[] {
  const fields = ['of', 'low_severe', 'low_mild', 'high_mild', 'high_severe'] as const;
  return fields.map((field) => [`outliers_${field}`, (item) => countsOf(item)?.[field] ?? null]);
}
