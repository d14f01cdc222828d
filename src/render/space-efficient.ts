import { SPACE_SERVICE } from '../plan/space-efficient.js';
import type { SpaceCost, SpaceEfficient, SpaceEntry } from '../session/space-efficient.js';
import type { ResultDocument } from '../store/schema.js';
import { type Column, type Remark, renderGrid } from './grid.js';
import { renderNotes } from './notes.js';
import { atPlace, duration, lastPlace, size } from './quantity.js';
import { createStyle, type Style } from './style.js';
import { type TableOptions, widthsFor } from './table.js';
import { harnessNote, interruptedNote, problemNote, runNote } from './table-notes.js';
import { ratioText } from './verdict.js';

const TITLES: Readonly<Record<string, string>> = {
  grow: 'Without a free buffer: more of them (grow)',
  wait: 'Without a free buffer: calls wait (wait)',
  fail: 'Without a free buffer: calls are refused and made again (fail)',
};
/** Two columns say what is measured; a row without figures says why from there on. */
const FIRST_FIGURE = 2;
/** Digits of a number of buffers. */
const DIGITS = 3;

/** Buffers in use over threads inside calls, a table for each policy. Ends in a newline. */
export function renderSpaceEfficient(
  space: SpaceEfficient,
  document: ResultDocument,
  options: TableOptions = {},
): string {
  const style = createStyle(options.color ?? false);
  const width = widthsFor(options);
  const tables = space.policies.map(({ exhausted, rows }) =>
    [style.bold(TITLES[exhausted] ?? exhausted), grid(rows, exhausted, style)].join('\n\n'),
  );
  const costs = [style.bold('A round trip of 1 KiB, one thread, two cores'), ...costLines(space)];
  const notes = renderNotes(notesOf(space, document), width.notes, style);
  return `${[...tables, costs.join('\n'), crossoverLine(space), notes].join('\n\n')}\n`;
}

type Row = SpaceEntry & { readonly threads: string };

function grid(
  rows: SpaceEfficient['policies'][number]['rows'],
  exhausted: string,
  style: Style,
): string {
  const lines: Row[] = rows.flatMap(({ threads, entries }) =>
    entries.map((entry, i) => ({ ...entry, threads: i === 0 ? String(threads) : '' })),
  );
  const column = (
    heading: readonly string[],
    text: (row: Row) => string,
    align: Column['align'] = 'right',
  ): Column => ({ heading, name: heading.join(' '), align, cells: lines.map(text) });
  const columns = [
    column(['threads'], (row) => row.threads),
    column(['release'], (row) => row.release, 'left'),
    column(['peak'], ({ peak }) => (peak === null ? '' : String(peak))),
    column(['bytes'], ({ peak_bytes: bytes }) => (bytes === null ? '' : size(bytes))),
    column(['mean'], ({ mean }) => number(mean)),
    column(['rate x', 'holding'], ({ expected }) => number(expected)),
    column(['off'], ({ off }) => percent(off)),
    column(['calls', 'inside'], ({ inside }) => number(inside)),
    column(['round trip'], ({ rtt_ns: ns }) => time(ns)),
    ...(exhausted === 'wait'
      ? [column(['calls that', 'waited'], ({ waits_per_call: share }) => percent(share))]
      : []),
    ...(exhausted === 'fail'
      ? [column(['refusals', 'per call'], ({ refusals_per_call: count }) => number(count))]
      : []),
  ];
  return renderGrid(columns, remarksOf(lines), { heading: style.bold, remark: style.warn });
}

function remarksOf(rows: readonly Row[]): Remark[] {
  return rows.flatMap(({ mean, status, reason, remedy }, row) => {
    if (mean !== null) return [];
    if (status === 'ok') return [{ row, from: FIRST_FIGURE, text: 'no figures of buffers' }];
    const what = status === 'unavailable' ? 'not available' : 'failed';
    const how = remedy === null ? '' : ` (${remedy})`;
    return [{ row, from: FIRST_FIGURE, text: `${what}: ${reason ?? 'no reason known'}${how}` }];
  });
}

function number(value: number | null): string {
  if (value === null) return '';
  return value === 0 ? '0' : String(Number(value.toPrecision(DIGITS)));
}

function percent(share: number | null): string {
  return share === null ? '' : `${(share * 100).toFixed(1)} %`;
}

function time(ns: number | null): string {
  return ns === null ? '' : duration(ns, lastPlace(ns, null));
}

function costLines({ costs }: SpaceEfficient): string[] {
  return costs.map((cost) => `  ${cost.wait.padEnd(8)}  ${costText(cost)}`);
}

function costText({ early_ns, hold_ns, ratio, ratio_ci95 }: SpaceCost): string {
  if (early_ns === null || hold_ns === null) return 'not measured';
  const times = `early ${time(early_ns)}, hold ${time(hold_ns)}`;
  if (ratio === null) return times;
  const text =
    ratio_ci95 === null
      ? `${atPlace(ratio, lastPlace(ratio, null))}x, without an interval`
      : ratioText(ratio, ratio_ci95);
  return `${times}; early / hold ${text}`;
}

function crossoverLine({ crossover, buffers }: SpaceEfficient): string {
  const from = (threads: number | null) =>
    threads === null ? 'not up to 256 threads' : `from ${threads} threads on`;
  return `With ${buffers} buffers, most calls find none: hold ${from(crossover.hold_from_threads)}, early ${from(crossover.early_from_threads)}.`;
}

function notesOf(space: SpaceEfficient, document: ResultDocument): string[] {
  const bytes = space.buffer_bytes === null ? 'a few KB' : size(space.buffer_bytes);
  const notes = [
    document.run.complete ? null : interruptedNote(document),
    ...document.results.map(problemNote),
    `The claim (Kougiouris & Hamilton, EP 95304806.3): buffers that are freed as soon as the arguments are copied are far fewer than those held until the call returns. Each call passes 1 KiB each way in buffers of ${bytes} and sleeps ${SPACE_SERVICE} in the server.`,
    'peak: buffers in use at some time in the window; the lowest free one is always taken, so it is the memory that was needed. mean: weighted by time. Both count buffers of arguments and of results.',
    'rate x holding: how often a buffer was taken times how long it was held (Little’s law); holdings under way at an end of the window are in the mean only. calls inside: calls per second times the mean round trip, by the callers’ own clocks; with hold and without waits it is what the mean should be.',
    'All threads start at once and their calls last equally long, so with early release they come in bursts: peaks are those of bursts, which calls that come one by one do not have.',
    'The callers and the server share this machine’s processors; how long a buffer is held with early release is mostly how long the server’s thread waits for a processor.',
    harnessNote(document),
    runNote(document),
  ];
  return notes.filter((note) => note !== null);
}
