import { clientsOf } from '../plan/cells.js';
import type { Cell, PatternParameters } from '../plan/types.js';
import type {
  ServiceTimes,
  TrialMeasurement,
  TrialOutcome,
  TrialProblem,
} from '../runner/types.js';
import { sumOutliers, tukeyOutliers } from '../stats/tukey.js';
import { type TimesField, timesField } from '../store/operation.js';
import type {
  CellResult,
  GrantedRecord,
  ParametersRecord,
  TimesRecord,
  TrialRecord,
} from '../store/schema.js';
import { operationTimesOf, serviceTimesOf, timesOfTrials } from './times.js';
import { grantedRecords, outlierRecord, sumUsage, trialRecord } from './trial-record.js';

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
      : cellFigures(cell, measured, (context.seed % 0x1_0000_0000) + cell.index);
  return {
    probe: cell.probe,
    pattern: cell.pattern,
    parameters: parametersRecord(cell.parameters),
    size_bytes: cell.sizeBytes,
    placement: cell.placement,
    client_cpu: cell.clientCpu,
    server_cpu: cell.serverCpu,
    wait: cell.wait,
    clients: clientsOf(cell),
    options: { ...cell.options },
    trials: measured.length,
    trials_planned: context.trials,
    ...verdict(cell, outcomes, measured.length),
    ...figures,
    per_trial: outcomes.map((outcome, repetition) => {
      const order = context.orders?.[repetition] ?? null;
      return trialRecord(outcome, { pattern: cell.pattern, repetition, order });
    }),
  };
}

function parametersRecord(parameters: PatternParameters): ParametersRecord {
  return {
    reply_bytes: parameters.replyBytes,
    service_ns: parameters.serviceNs,
    rate_per_s: parameters.rate,
    arrivals: parameters.arrivals,
    window: parameters.window,
    backlog: parameters.backlog,
  };
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

function cellFigures(cell: Cell, measured: readonly TrialMeasurement[], seed: number): CellFigures {
  const ops = sum(measured, (trial) => trial.ops);
  const seconds = sum(measured, (trial) => trial.windowNs) / 1e9;
  const bytes = payloadBytes(cell, measured);
  const [first] = measured;
  return {
    batch: Math.max(...measured.map((trial) => trial.batch)),
    // The cell says how long the messages are, so its trials can't differ in it.
    request_bytes: first?.requestBytes ?? null,
    reply_bytes: first?.replyBytes ?? null,
    ...operationTimes(cell.pattern, timesOfTrials(measured.map(operationTimesOf), seed)),
    ...loadFigures(measured, seed),
    // Total operations over total time is the harmonic mean of the rates, weighted by operations.
    ops_per_s: seconds > 0 ? ops / seconds : null,
    bytes_per_s: seconds > 0 && bytes !== null ? bytes / seconds : null,
    stream_window:
      cell.pattern === 'stream' ? agreed(measured.map((trial) => trial.streamWindow)) : null,
    granted: agreedGrants(measured),
    usage: {
      client: sumUsage(measured.map((trial) => trial.client)),
      server: sumUsage(measured.map((trial) => trial.server)),
    },
    outliers: outlierRecord(sumOutliers(measured.map((trial) => tukeyOutliers(trial.samplesNs)))),
  };
}

/** Times under the name of what was timed. */
function operationTimes(pattern: string, times: TimesRecord | null): Pick<CellResult, TimesField> {
  return { ...NO_TIMES, [timesField(pattern)]: times };
}

function loadFigures(
  measured: readonly TrialMeasurement[],
  seed: number,
): Pick<CellResult, 'service_time_ns' | 'unsent_ops'> {
  const services = measured.map((trial) => trial.service).filter((it) => it !== null);
  if (services.length === 0) return { service_time_ns: null, unsent_ops: null };
  return {
    service_time_ns: timesOfTrials(services.map(serviceTimesOf), seed),
    unsent_ops: sum<ServiceTimes>(services, (service) => service.unsentOps),
  };
}

/** Payload that moved in the timed windows; null where the operation moves none. */
function payloadBytes({ pattern }: Cell, measured: readonly TrialMeasurement[]): number | null {
  // What moves nothing has nothing to verify.
  const moves = pattern !== 'connect' && measured.some((trial) => trial.verifiedOps > 0);
  if (!moves) return null;
  const oneWay = pattern === 'stream';
  return sum(
    measured,
    (trial) => trial.ops * (trial.requestBytes + (oneWay ? 0 : trial.replyBytes)),
  );
}

function agreedGrants(measured: readonly TrialMeasurement[]): CellResult['granted'] {
  const all = measured.map((trial) => grantedRecords(trial.granted)).filter((it) => it !== null);
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

/** The value that all have; null when they differ. */
function agreed<T>(values: readonly T[]): T | null {
  return new Set(values).size === 1 ? (values[0] ?? null) : null;
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}
