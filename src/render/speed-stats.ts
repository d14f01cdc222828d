import { addCounts, addStats, type ProcessStats, total } from '../runner/fast-sockets-stats.js';
import { type Column, renderGrid } from './grid.js';
import { groupBy } from './group.js';
import { lastPlace, multiple } from './quantity.js';
import { createStyle } from './style.js';

/** More than so many processes of one name are one row together. */
const ROWS_OF_ONE_NAME_MAX = 8;
const DIGITS = 3;

/**
 * What Fast Sockets did, a row for each process, and below the table why connections were left or
 * given back to the kernel.
 *
 * @returns ending in a newline
 */
export function renderSpeedStats(
  processes: readonly ProcessStats[],
  options: { readonly color?: boolean } = {},
): string {
  if (processes.length === 0) return `${NOBODY}\n`;
  const rows = [...groupBy(processes, ({ program }) => program).values()].flatMap(rowsOf);
  const style = createStyle(options.color ?? false);
  const right = (heading: readonly string[], text: (row: Row) => string): Column => {
    return { heading, name: heading.join(' '), align: 'right', cells: rows.map(text) };
  };
  const left = (name: string, text: (row: Row) => string): Column => {
    return { heading: [name], name, align: 'left', cells: rows.map(text) };
  };
  const columns = [
    left('process', (row) => row.process),
    left('program', (row) => row.program),
    right(['accelerated'], (row) => `${row.accelerated}`),
    right(['passed', 'through'], (row) => `${total(row.passed)}`),
    right(['demoted'], (row) => `${total(row.retreated)}`),
    right(['sent by', 'ring'], (row) => bytes(row.bytes.ring_sent)),
    right(['kernel'], (row) => bytes(row.bytes.kernel_sent)),
    right(['received', 'by ring'], (row) => bytes(row.bytes.ring_received)),
    right(['kernel'], (row) => bytes(row.bytes.kernel_received)),
    right(['wake-ups'], (row) => `${row.wakeups_sent}`),
  ];
  const grid = renderGrid(columns, [], { heading: style.bold, remark: style.warn });
  const reasons = [
    ...reasonLines('passed through', processes, ({ passed }) => passed),
    ...reasonLines('demoted', processes, ({ retreated }) => retreated),
  ];
  return `${[grid, ...(reasons.length > 0 ? ['', ...reasons] : [])].join('\n')}\n`;
}

const NOBODY =
  'No process had a TCP connection to tell of, or none could be preloaded (see --doctor).';

interface Row extends Omit<ProcessStats, 'pid'> {
  readonly process: string;
}

/** A server of many short-lived processes would fill the screen. */
function rowsOf(processes: readonly ProcessStats[]): Row[] {
  if (processes.length <= ROWS_OF_ONE_NAME_MAX) {
    return processes.map((it) => ({ ...it, process: `${it.pid}` }));
  }
  const { pid: _, ...sum } = processes.reduce(addStats);
  return [{ ...sum, process: `${processes.length} of them` }];
}

type Counts = Readonly<Record<string, number>>;

function reasonLines(
  what: string,
  processes: readonly ProcessStats[],
  countsOf: (stats: ProcessStats) => Counts,
): string[] {
  const counts = processes.map(countsOf).reduce(addCounts);
  const rising = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return rising.map(([reason, count]) => `${what}: ${reason} (${count})`);
}

function bytes(count: number): string {
  if (count < 10_000) return `${count} B`;
  return `${multiple(count, lastPlace(count, count / 1e6, DIGITS))}B`;
}
