import { BOOTSTRAP_MIN_TRIALS } from '../stats/bootstrap.js';
import { operationTimes } from '../store/operation.js';
import type { CellResult, GrantedRecord, ResultDocument } from '../store/schema.js';
import { costNotes } from './cost-notes.js';
import { groupBy } from './group.js';
import { operationWords } from './operation-words.js';
import { placeText } from './place.js';
import { duration, lastPlace, size } from './quantity.js';
import { rigorNotes, trialsText } from './rigor-notes.js';
import { hasThreads, MEGABYTES, P99 } from './table-columns.js';

/** A table, as far as its notes depend on it. */
export interface NotedTable {
  /** All its cells, those of one pattern. */
  readonly cells: readonly CellResult[];
  /** Names of columns for which there was no room. */
  readonly leftOut: readonly string[];
  /** Cells of matrices that are no rows of it. */
  readonly rowsHidden: number;
  /** Whether it has a column of this name. */
  readonly shows: (name: string) => boolean;
}

/** What a reader must know about the figures above, one note each: only what applies to them. */
export function tableNotes(document: ResultDocument, tables: readonly NotedTable[]): string[] {
  const measured = document.results.filter((cell) => cell.status === 'ok');
  const notes: (string | null)[] = [
    document.run.complete ? null : interruptedNote(document),
    ...document.results.map(problemNote),
    hiddenNote(tables),
    leftOutNote(tables),
    timesNote(measured),
    doorsNote(measured),
    batchNote(tables),
    loopNote(measured),
    streamNote(measured),
    openLoopNote(measured),
    bytesNote(tables),
    usageNote(document, measured),
    ...costNotes(document, tables),
    waitNote(measured),
    serverWorkNote(document.results),
    grantedNote(measured),
    harnessNote(document),
    ...rigorNotes(document),
    runNote(document),
  ];
  return notes.filter((note) => note !== null);
}

/** What an interruption left. */
export function interruptedNote({ run, results }: ResultDocument): string {
  const state = run.ended === null ? 'This run has not ended' : 'This run was interrupted';
  const planned = run.plan === null ? '' : ` of ${run.plan.trials} planned trials each`;
  const short = results.filter((cell) => cell.trials < (cell.trials_planned ?? 0)).length;
  return `${state}: ${short} of ${results.length} rows rest on fewer than all${planned}.`;
}

/** Trials without figures of a cell that has some. */
export function problemNote(cell: CellResult): string | null {
  if (cell.status !== 'ok' || cell.reason === null) return null;
  return `${cell.probe} (${placeText(cell)}): ${cell.reason}.`;
}

function hiddenNote(tables: readonly NotedTable[]): string | null {
  const hidden = tables.reduce((sum, table) => sum + table.rowsHidden, 0);
  if (hidden === 0) return null;
  return `Of placement all the rows show the fastest and the slowest pair; the maps and ipcbench export have all (${hidden} more).`;
}

function leftOutNote(tables: readonly NotedTable[]): string | null {
  const all = tables.flatMap(({ leftOut }) => leftOut);
  // What one operation is differs between tables; that the time is per operation doesn't.
  const told = tables.length > 1 ? all.map((name) => name.replace(/ per \w+$/, '')) : all;
  const names = [...new Set(told)];
  if (names.length === 0) return null;
  return `Left out for want of width: ${names.join(', ')}. A wider terminal or ipcbench export shows them.`;
}

function timesNote(measured: readonly CellResult[]): string | null {
  if (measured.every((cell) => cell.per_trial.length === 0)) return null;
  const few = measured.some((cell) => cell.trials > 1 && cell.trials < BOOTSTRAP_MIN_TRIALS);
  const none = measured.some((cell) => operationTimes(cell)?.ci95 === null);
  const definitions = measured.map(({ pattern }) => operationWords(pattern).definition);
  return [
    [...new Set(definitions)].join(' '),
    ' Medians are of the trials’ medians, their intervals by bootstrap over trials',
    few ? ` (Student’s t on logarithms below ${BOOTSTRAP_MIN_TRIALS} trials)` : '',
    none ? '; n/a: one trial, or no measurable spread' : '',
    '. Percentiles: over the samples of all trials',
    has(measured, 'load') ? ', of response times under load' : '',
    '.',
  ].join('');
}

/** A door has no other side that accepts. */
function doorsNote(measured: readonly CellResult[]): string | null {
  const connected = measured.some(
    ({ pattern, probe }) => pattern === 'connect' && probe === 'doors',
  );
  return connected
    ? 'Connect, of doors: the client opens the door’s file, makes its first call, and closes it.'
    : null;
}

function batchNote(tables: readonly NotedTable[]): string | null {
  const marked = tables
    .filter(({ shows }) => shows(P99))
    .flatMap(({ cells }) => cells.filter((cell) => cell.status === 'ok'));
  return marked.some((cell) => (cell.batch ?? 1) > 1)
    ? '* Operations too short for the clock are timed in batches: percentiles of batch means.'
    : null;
}

/** Patterns whose client waits for each answer, and what it waits for. */
const CLOSED_LOOPS: Readonly<Record<string, string>> = {
  echo: 'round trip',
  rpc: 'round trip',
  connect: 'connection',
};

function loopNote(measured: readonly CellResult[]): string | null {
  const closed = Object.keys(CLOSED_LOOPS).filter((pattern) => has(measured, pattern));
  if (closed.length === 0) return null;
  const single = new Set(measured.map((cell) => cell.pattern)).size === 1;
  const what = [...new Set(closed.map((pattern) => CLOSED_LOOPS[pattern]))].join(', one ');
  const threads = measured.some(hasThreads)
    ? ' in each thread of the client; rates are of all threads together, times of single operations'
    : '';
  return `Closed loop${single ? '' : ` (${closed.join(', ')})`}: one ${what} at a time${threads}.`;
}

function streamNote(measured: readonly CellResult[]): string | null {
  const streams = measured.filter((cell) => cell.pattern === 'stream');
  if (streams.length === 0) return null;
  const limited = streams.filter((cell) => (cell.stream_window ?? 0) > 0);
  const groups = [...groupBy(limited, (cell) => String(cell.stream_window))]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([window, cells]) => `${window} (${probesOf(cells)})`);
  const free = streams.some((cell) => cell.stream_window === 0);
  const most = [
    ...groups,
    ...(free ? [`${groups.length > 0 ? 'else ' : ''}as many as the mechanism holds`] : []),
  ];
  return most.length === 0 ? null : `Outstanding messages of a stream at most: ${most.join(', ')}.`;
}

function openLoopNote(measured: readonly CellResult[]): string | null {
  const loads = measured.filter((cell) => cell.pattern === 'load');
  if (loads.length === 0) return null;
  const unsent = loads.some((cell) => (cell.unsent_ops ?? 0) > 0);
  return [
    'Open loop (load): requests are due at the asked rate whether or not answers come, over one connection; one that has to wait for an earlier one counts the wait.',
    unsent
      ? ' Unsent: due within the window, but earlier ones were still out at its end; so the rate was not met, and response times depend on how long the window was.'
      : '',
  ].join('');
}

function bytesNote(tables: readonly NotedTable[]): string | null {
  const shown = tables
    .filter(({ shows }) => shows(MEGABYTES))
    .flatMap(({ cells }) => cells.filter((cell) => cell.bytes_per_s !== null));
  if (shown.length === 0) return null;
  const oneWay = has(shown, 'stream');
  const bothWays = shown.some((cell) => cell.pattern !== 'stream');
  const both = `both directions together${oneWay ? '; of a stream its only one' : ''}`;
  return `MB/s: 10^6 bytes of payload, ${bothWays ? both : 'one way'}.`;
}

function usageNote({ run }: ResultDocument, measured: readonly CellResult[]): string | null {
  if (measured.every((cell) => cell.usage === null)) return null;
  return [
    'User and system time, switches: client and server together (getrusage over the timed window). The sum of user and system time is exact; most Linux kernels sample the split at the scheduler tick ',
    run.split_resolution_us === null
      ? '(4 ms at 250 Hz).'
      : `(${rounded(run.split_resolution_us * 1000)} here).`,
    has(measured, 'load')
      ? ' Under load the client’s includes polling for the next due time, up to 150 µs per request.'
      : '',
  ].join('');
}

const WAITS: Readonly<Record<string, string>> = {
  block: 'asleep in the kernel',
  spin: 'polling',
  adaptive: 'polling for a while, then asleep',
};

/** What the wait policies mean. */
export function waitNote(measured: readonly CellResult[]): string | null {
  const used = Object.keys(WAITS).filter((wait) => measured.some((cell) => cell.wait === wait));
  if (used.length === 0) return null;
  const words = used.map((wait) => `${wait} = ${WAITS[wait]}${adaptiveSpin(wait, measured)}`);
  return `Waiting: ${words.join('; ')}.`;
}

function adaptiveSpin(wait: string, measured: readonly CellResult[]): string {
  if (wait !== 'adaptive') return '';
  const spins = measured.flatMap((cell) =>
    cell.per_trial.flatMap((trial) => (trial.adaptive_spin_ns ? [trial.adaptive_spin_ns] : [])),
  );
  return spins.length === 0 ? '' : ` (polls for ${rounded(Math.max(...spins))})`;
}

function serverWorkNote(cells: readonly CellResult[]): string | null {
  return cells.some((cell) => cell.parameters?.service_ns)
    ? 'Server work: what the server was told to do per request (--service-time).'
    : null;
}

/** Watermarks by the option that asks for them. */
const WATERMARKS = {
  sndbuf: 'sndbuf_bytes',
  rcvbuf: 'rcvbuf_bytes',
  rcvlowat: 'rcvlowat_bytes',
} as const satisfies Readonly<Record<string, keyof GrantedRecord>>;

type Watermark = keyof typeof WATERMARKS;

function grantedNote(measured: readonly CellResult[]): string | null {
  const names = Object.keys(WATERMARKS) as Watermark[];
  const grants = names.flatMap((name) => {
    const asking = measured.filter((cell) => cell.granted !== null && name in cell.options);
    return [...groupBy(asking, (cell) => cell.options[name] ?? '')].map(([asked, cells]) => {
      const byGrant = [...groupBy(cells, (cell) => grantText(cell, name))];
      const granted = byGrant.map(([text, some]) =>
        byGrant.length === 1 ? text : `${text} (${probesOf(some)})`,
      );
      return `${name} ${bytesText(Number(asked))} asked, ${granted.join(', ')} granted`;
    });
  });
  if (grants.length === 0) return null;
  return `Watermarks: ${grants.join('; ')}. Linux counts its own bookkeeping in: it grants twice the sndbuf and rcvbuf asked for, within net.core.wmem_max and rmem_max.`;
}

function grantText({ granted }: CellResult, name: Watermark): string {
  const field = WATERMARKS[name];
  const client = bytesText(granted?.client[field] ?? null);
  const server = bytesText(granted?.server[field] ?? null);
  return client === server ? client : `${client} to the client and ${server} to the server`;
}

function bytesText(bytes: number | null): string {
  return bytes === null || Number.isNaN(bytes) ? 'varying' : size(bytes);
}

/** What measuring itself costs. */
export function harnessNote({ run }: ResultDocument): string | null {
  const { null_op_ns: nothing, clock_cost_ns: clock } = run.harness;
  const parts = [
    nothing === null
      ? null
      : `an empty operation takes ${rounded(nothing)} in the same loop (probe null)`,
    clock === null ? null : `a reading of the clock ${rounded(clock)}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `Harness: ${parts.join(', ')}; not subtracted.`;
}

/** Which run it was. */
export function runNote({ run }: ResultDocument): string {
  if (run.source !== undefined) return `Source: ${run.source}.`;
  const { plan } = run;
  const parts = [
    `Run ${run.id}`,
    plan === null ? null : `${trialsText(plan)} of ${rounded(plan.duration_ns)} per row`,
    plan === null ? null : 'in random order',
    run.seed === null ? null : `seed ${run.seed}`,
  ];
  return `${parts.filter((part) => part !== null).join(', ')}.`;
}

function has(cells: readonly CellResult[], pattern: string): boolean {
  return cells.some((cell) => cell.pattern === pattern);
}

function probesOf(cells: readonly CellResult[]): string {
  return [...new Set(cells.map((cell) => cell.probe))].join(', ');
}

/** Two or three digits of a figure that is known well or set by the plan. */
function rounded(ns: number): string {
  const place = lastPlace(ns, ns / 1e6, 3);
  return duration(ns, place)
    .replace(/(\.\d*?)0+ /, '$1 ')
    .replace('. ', ' ');
}
