import { stringify } from 'csv-stringify/sync';
import type { ResultDocument } from '../store/schema.js';
import {
  type CellLine,
  type Column,
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

const CELL_COLUMNS: readonly Column<CellLine>[] = [
  ['status', ({ cell }) => cell.status],
  ['reason', ({ cell }) => cell.reason],
  ['remedy', ({ cell }) => cell.remedy],
  ['trials', ({ cell }) => cell.trials],
  ['trials_planned', ({ cell }) => cell.trials_planned],
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
  ...outlierColumns<CellLine>(({ cell }) => cell.outliers),
];

const TRIAL_COLUMNS: readonly Column<TrialLine>[] = [
  ['repetition', ({ trial }) => trial.repetition],
  ['order', ({ trial }) => trial.order],
  ['status', ({ trial }) => trial.status],
  ['reason', ({ trial }) => trial.reason],
  ['remedy', ({ trial }) => trial.remedy],
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
  ...usageColumns<TrialLine>('client', ({ trial }) => trial.usage?.client),
  ['client_cpu_first', ({ trial }) => trial.usage?.client.cpu_first ?? null],
  ['client_cpu_last', ({ trial }) => trial.usage?.client.cpu_last ?? null],
  ...usageColumns<TrialLine>('server', ({ trial }) => trial.usage?.server),
  ['server_cpu_first', ({ trial }) => trial.usage?.server.cpu_first ?? null],
  ['server_cpu_last', ({ trial }) => trial.usage?.server.cpu_last ?? null],
  ...outlierColumns<TrialLine>(({ trial }) => trial.outliers),
];
