import { operationTimes } from '../store/operation.js';
import type { CellResult, TimesRecord } from '../store/schema.js';
import {
  BCOPY,
  bcopyText,
  EVENT_COLUMNS,
  eventText,
  floorText,
  meanText,
  OTHER,
  otherText,
  taskClockText,
  userCyclesShareText,
  userShareText,
} from './cost-columns.js';
import type { Column } from './grid.js';
import { type OperationWords, operationWords } from './operation-words.js';
import { placeColumns } from './place.js';
import {
  atPlace,
  duration,
  durationWithInterval,
  halfRange,
  halfWidth,
  lastPlace,
  multiple,
} from './quantity.js';

/** A column, and what may become of it where there is no room. */
export interface TableColumn extends Column {
  /** `place` columns say what a row is about, `figure` columns what was measured. */
  readonly kind: 'place' | 'figure';
  /** What `--columns` calls it; '' for places, which are always there. */
  readonly key: string;
  /** Rows without figures, whose cells say nothing about the column. */
  readonly blank: ReadonlySet<number>;
}

/** The columns of a pattern's table, and how they give way. */
export interface TableLayout {
  readonly columns: readonly TableColumn[];
  /** Those that are shown when they are asked for. */
  readonly more: readonly TableColumn[];
  /** Takes the place of user and system time where there is no room for both: their sum is what is exact. */
  readonly cpu: TableColumn;
  /** Said above the table when all rows agree, in this order. */
  readonly saidOnce: readonly string[];
  /** Left out in this order, each as a group. */
  readonly leftOut: readonly (readonly string[])[];
}

/** Names of columns that the notes ask for. */
export const MEGABYTES = 'MB/s';
export const P99 = 'p99';

const UNSENT = 'unsent';

/** Figures that may be asked for, in the order in which a table has them. */
export const TABLE_COLUMNS = [
  ...['median', 'service', 'p99', 'p99.9', 'mean', 'rate', 'unsent', 'MB/s'],
  ...['user', 'system', 'cpu', 'bcopy', 'other', 'floor', 'switches', 'trials'],
  ...['user-share', 'cycles-share', 'task-clock'],
  ...EVENT_COLUMNS.map(({ key }) => key),
] as const;

/** Figures without an interval of their own never show more digits than this. */
const DERIVED_DIGITS = 3;

/** Whether the rate is that of several clients together. */
export function hasThreads({ clients, status }: CellResult): boolean {
  return status === 'ok' && clients > 1;
}

/** Lays out the table of cells of one pattern. */
export function tableLayout(pattern: string, cells: readonly CellResult[]): TableLayout {
  const words = operationWords(pattern);
  const names = derivedNames(words);
  const maker = new ColumnMaker(cells);
  const threaded = cells.some(hasThreads);
  const places = placeColumns(cells).map((column) => maker.place(column));
  const columns = [
    maker.place({
      ...{ heading: ['mechanism'], name: 'mechanism', align: 'left' },
      cells: cells.map((cell) => cell.probe),
    }),
    ...places,
    ...timeColumns(words, maker),
    ...rateColumns(pattern, words, maker, threaded),
    ...usageColumns(words, maker),
    maker.figure('trials', 'trials', ['trials'], trialsText),
  ];
  const cpu = maker.figure('cpu', names.cpu, ['CPU', `/${words.one}`], (cell) =>
    timeText(cell, (peer) => peer.user_us + peer.system_us),
  );
  const optional = places.map(({ name }) => name).filter((name) => !ALWAYS.includes(name));
  return {
    columns,
    cpu,
    more: [cpu, ...costColumns(maker), ...moreColumns(words, maker)],
    saidOnce: ['trials', 'wait', 'placement', ...optional],
    leftOut: leavingOrder(pattern, words).filter(([name]) => !threaded || name !== words.rate.name),
  };
}

const ALWAYS = ['size', 'placement', 'wait'];

function derivedNames({ one }: OperationWords) {
  return {
    user: `user time per ${one}`,
    system: `system time per ${one}`,
    cpu: `CPU time per ${one}`,
    switches: `switches per ${one}`,
  };
}

/** Least important first. The rate of a stream in bytes is what it is measured for. */
function leavingOrder(pattern: string, words: OperationWords): string[][] {
  const { user, system, cpu, switches } = derivedNames(words);
  const rate = words.rate.name;
  switch (pattern) {
    case 'stream':
      return [
        ...[['p99.9'], ['trials'], [switches], ...SHARES],
        ...[[user, system], [rate], [P99], [cpu]],
      ];
    case 'load':
      return [
        [MEGABYTES],
        ['p99.9'],
        ['trials'],
        [switches],
        ...SHARES,
        [user, system],
        [cpu],
        [P99],
        [UNSENT],
      ];
    default:
      return [
        ...[[MEGABYTES], ['p99.9'], [rate], ['trials'], [switches], ...SHARES],
        ...[[user, system], [P99], [cpu]],
      ];
  }
}

const USER_SHARE = 'user time by getrusage';
const CYCLES_SHARE = 'user time by cycles';

const SHARES = [[USER_SHARE, CYCLES_SHARE], [OTHER], [BCOPY]];

/** Makes columns over the same rows. */
class ColumnMaker {
  readonly #blank: ReadonlySet<number>;

  constructor(readonly cells: readonly CellResult[]) {
    this.#blank = new Set(cells.flatMap((cell, row) => (cell.status === 'ok' ? [] : [row])));
  }

  place(column: Column): TableColumn {
    return { ...column, kind: 'place', key: '', blank: new Set() };
  }

  figure(
    key: string,
    name: string,
    heading: readonly string[],
    text: (cell: CellResult) => string,
  ): TableColumn {
    const cells = this.cells.map((cell) => (cell.status === 'ok' ? text(cell) : ''));
    return { key, name, heading, cells, blank: this.#blank, kind: 'figure', align: 'right' };
  }

  /** A column only where a row has something to say. */
  optionalFigure(...column: Parameters<ColumnMaker['figure']>): TableColumn[] {
    const made = this.figure(...column);
    return made.cells.every((text) => text === '') ? [] : [made];
  }
}

function timeColumns(words: OperationWords, maker: ColumnMaker): TableColumn[] {
  const from = words.from === null ? [] : [words.from];
  return [
    maker.figure('median', words.median, [words.median, ...from, '[95 % CI]'], (cell) =>
      medianText(operationTimes(cell)),
    ),
    ...maker.optionalFigure(
      'service',
      'median service',
      ['median service', 'from actual send'],
      serviceText,
    ),
    maker.figure('p99', P99, [P99], (cell) => percentileText(cell, 'p99')),
    maker.figure('p99.9', 'p99.9', ['p99.9'], (cell) => percentileText(cell, 'p999')),
  ];
}

function rateColumns(
  pattern: string,
  words: OperationWords,
  maker: ColumnMaker,
  threaded: boolean,
): TableColumn[] {
  const { name, heading } = words.rate;
  const anyUnsent = maker.cells.some((cell) => (cell.unsent_ops ?? 0) > 0);
  return [
    // How the rate grows with the threads is what threads are measured for.
    maker.figure('rate', name, threaded ? [...heading, 'all threads'] : heading, rateText),
    ...(anyUnsent ? [maker.figure('unsent', UNSENT, [UNSENT], unsentText)] : []),
    ...(pattern === 'connect' ? [] : [maker.figure('MB/s', MEGABYTES, [MEGABYTES], megabytesText)]),
  ];
}

function usageColumns(words: OperationWords, maker: ColumnMaker): TableColumn[] {
  const names = derivedNames(words);
  const per = `/${words.one}`;
  return [
    maker.figure('user', names.user, ['user', per], (cell) =>
      timeText(cell, (peer) => peer.user_us),
    ),
    maker.figure('system', names.system, ['system', per], (cell) =>
      timeText(cell, (peer) => peer.system_us),
    ),
    // Without what a copy costs the split of the time is only half a one.
    ...(maker.cells.some(({ bcopy }) => bcopy !== null) ? costColumns(maker) : []),
    ...(maker.cells.some(({ counters }) => hasCycles(counters)) ? splitColumns(maker) : []),
    maker.figure('switches', names.switches, ['switches', per], switchesText),
  ];
}

function costColumns(maker: ColumnMaker): TableColumn[] {
  return [
    maker.figure('bcopy', BCOPY, ['bcopy'], bcopyText),
    maker.figure('other', OTHER, ['other'], otherText),
  ];
}

/** User time's share of processor time twice: sampled at ticks, and by the cycles of each mode. */
function splitColumns(maker: ColumnMaker): TableColumn[] {
  return [
    maker.figure('user-share', USER_SHARE, ['user', 'getrusage'], userShareText),
    maker.figure('cycles-share', CYCLES_SHARE, ['user', 'cycles'], userCyclesShareText),
  ];
}

function hasCycles(counters: CellResult['counters']): boolean {
  return (counters?.client.cycles_user ?? counters?.server.cycles_user ?? null) !== null;
}

function moreColumns(words: OperationWords, maker: ColumnMaker): TableColumn[] {
  const per = `/${words.one}`;
  return [
    maker.figure('mean', 'mean', ['mean'], meanText),
    maker.figure('floor', 'bcopy floor', ['bcopy', per], floorText),
    ...splitColumns(maker),
    maker.figure('task-clock', `task clock per ${words.one}`, ['task clock', per], taskClockText),
    ...EVENT_COLUMNS.map((event) =>
      maker.figure(event.key, event.name, [event.heading, per], (cell) => eventText(event, cell)),
    ),
  ];
}

/** A median with its interval, no digit more than the interval bears out. */
export function medianText(times: TimesRecord | null): string {
  if (times === null) return '';
  const place = lastPlace(times.median, halfWidth(times.ci95));
  return durationWithInterval(times.median, times.ci95, place);
}

function serviceText({ service_time_ns: times }: CellResult): string {
  if (times === null) return '';
  return duration(times.median, lastPlace(times.median, halfWidth(times.ci95), DERIVED_DIGITS));
}

function percentileText(cell: CellResult, which: 'p99' | 'p999'): string {
  const value = operationTimes(cell)?.[which] ?? null;
  if (value === null) return '';
  const spread = halfRange(cell.per_trial.map((trial) => trial[`${which}_ns`]));
  const mark = (cell.batch ?? 1) > 1 ? '*' : '';
  return duration(value, lastPlace(value, spread, DERIVED_DIGITS)) + mark;
}

function rateText(cell: CellResult): string {
  if (cell.ops_per_s === null) return '';
  return multiple(cell.ops_per_s, ratePlace(cell, cell.ops_per_s));
}

function megabytesText(cell: CellResult): string {
  if (cell.bytes_per_s === null) return '';
  const place = ratePlace(cell, cell.bytes_per_s);
  return atPlace(cell.bytes_per_s / 1e6, place - 6);
}

/** Both rates are the same figure in different units: their trials spread alike. */
function ratePlace(cell: CellResult, rate: number): number {
  const perTrial = cell.per_trial.map((trial) =>
    trial.ops === null || !trial.window_ns ? null : (trial.ops * 1e9) / trial.window_ns,
  );
  const relative = (halfRange(perTrial) ?? 0) / (cell.ops_per_s ?? 1);
  return lastPlace(rate, relative * rate, DERIVED_DIGITS);
}

/** The share of the requests that were due. */
function unsentText(cell: CellResult): string {
  const { unsent_ops: unsent, usage } = cell;
  if (unsent === null || usage === null) return '';
  if (unsent === 0) return '0';
  const percent = (100 * unsent) / (unsent + usage.client.ops);
  return percent < 1 ? '<1 %' : `${Math.round(percent)} %`;
}

type Usage = CellResult['usage'];
type PeerFigure = (peer: NonNullable<Usage>['client']) => number;

function timeText(cell: CellResult, microseconds: PeerFigure): string {
  const ns: PeerFigure = (peer) => microseconds(peer) * 1000;
  const value = perOperation(cell.usage, ns);
  if (value === null) return '';
  const spread = halfRange(cell.per_trial.map((trial) => perOperation(trial.usage, ns)));
  return duration(value, lastPlace(value, spread, DERIVED_DIGITS));
}

function switchesText(cell: CellResult): string {
  const switches: PeerFigure = (peer) => peer.voluntary_switches + peer.involuntary_switches;
  const value = perOperation(cell.usage, switches);
  if (value === null) return '';
  // A few switches in a million trips are noise of the machine, but they aren't none.
  return value > 0 && value < 0.005 ? '<0.01' : value.toFixed(2);
}

/** Both peers together, each by the operations that it counted itself. */
function perOperation(usage: Usage, figure: PeerFigure): number | null {
  if (usage === null || usage.client.ops === 0 || usage.server.ops === 0) return null;
  return figure(usage.client) / usage.client.ops + figure(usage.server) / usage.server.ops;
}

function trialsText(cell: CellResult): string {
  const { trials, trials_planned: planned } = cell;
  return planned === null || planned === trials ? `${trials}` : `${trials}/${planned}`;
}
