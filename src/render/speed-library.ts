import type {
  SpeedLibrary,
  SpeedLibraryEntry,
  SpeedLibrarySize,
} from '../session/speed-library.js';
import type { ResultDocument } from '../store/schema.js';
import { type Column, type Remark, renderGrid } from './grid.js';
import { renderNotes } from './notes.js';
import { atPlace, duration, durationWithInterval, halfWidth, lastPlace, size } from './quantity.js';
import { createStyle, type Style } from './style.js';
import { type TableOptions, widthsFor } from './table.js';
import { harnessNote, interruptedNote, problemNote, runNote } from './table-notes.js';
import { ratioText } from './verdict.js';

const TITLES: Readonly<Record<string, string>> = {
  echo: 'Round trips (pattern echo)',
  stream: 'Messages one way (pattern stream)',
};
/** Two columns say what is measured; a row without figures says why from there on. */
const FIRST_FIGURE = 2;
/** Copies that differ by more than this between their two measurements are worth a word. */
const COPIES_DIFFER = 0.15;

/**
 * The kernel's TCP and the transports of Fast Sockets over sizes, a table for each pattern, and
 * what of the time is neither copies nor system time. Ends in a newline.
 */
export function renderSpeedLibrary(
  speed: SpeedLibrary,
  document: ResultDocument,
  options: TableOptions = {},
): string {
  const style = createStyle(options.color ?? false);
  const width = widthsFor(options);
  const tables = speed.patterns.map(({ pattern, sizes }) =>
    [style.bold(TITLES[pattern] ?? pattern), grid(sizes, style)].join('\n\n'),
  );
  const notes = renderNotes(notesOf(speed, document), width.notes, style);
  return `${[...tables, notes].join('\n\n')}\n`;
}

type Row = SpeedLibraryEntry & { readonly size: string };

function grid(sizes: readonly SpeedLibrarySize[], style: Style): string {
  const rows: Row[] = sizes.flatMap(({ size_bytes, entries }) =>
    entries.map((entry, i) => ({ ...entry, size: i === 0 ? size(size_bytes) : '' })),
  );
  const column = (
    heading: readonly string[],
    text: (row: Row) => string,
    align: Column['align'] = 'right',
  ): Column => ({ heading, name: heading.join(' '), align, cells: rows.map(text) });
  const columns = [
    column(['size'], (row) => row.size),
    column(['carried by'], (row) => row.probe, 'left'),
    column(['elapsed', '[95 % CI]'], elapsedText),
    column(['times faster', 'than tcp'], fasterText),
    column(['bcopy'], ({ bcopy_ns: ns }) => plain(ns)),
    column(['elapsed', '/ bcopy'], overBcopy),
    column(['system'], ({ system_ns: ns }) => plain(ns)),
    column(['neither'], ({ neither }) =>
      neither === null ? '' : `${Math.round(neither * 100)} %`,
    ),
  ];
  return renderGrid(columns, remarksOf(rows), { heading: style.bold, remark: style.warn });
}

function remarksOf(rows: readonly Row[]): Remark[] {
  return rows.flatMap(({ elapsed_ns, status, reason, remedy }, row) => {
    if (elapsed_ns !== null) return [];
    const what = status === 'unavailable' ? 'not available' : 'failed';
    const how = remedy === null ? '' : ` (${remedy})`;
    return [{ row, from: FIRST_FIGURE, text: `${what}: ${reason ?? 'no reason known'}${how}` }];
  });
}

function elapsedText({ elapsed_ns: ns, ci95_ns: ci95 }: Row): string {
  return ns === null ? '' : durationWithInterval(ns, ci95, lastPlace(ns, halfWidth(ci95)));
}

function fasterText({ times_faster: ratio, times_faster_ci95: ci95 }: Row): string {
  if (ratio === null) return '';
  return ci95 === null ? `${atPlace(ratio, lastPlace(ratio, null))}x` : ratioText(ratio, ci95);
}

function overBcopy({ elapsed_ns: elapsed, bcopy_ns: bcopy }: Row): string {
  if (elapsed === null || bcopy === null || bcopy === 0) return '';
  const ratio = elapsed / bcopy;
  return `${atPlace(ratio, lastPlace(ratio, null))}x`;
}

function plain(ns: number | null): string {
  return ns === null ? '' : duration(ns, lastPlace(ns, null));
}

function notesOf(speed: SpeedLibrary, document: ResultDocument): string[] {
  const notes = [
    document.run.complete ? null : interruptedNote(document),
    ...document.results.map(problemNote),
    'The claim (Nagarajayya, Venkatramanan & Narasimhan, SUN-P6303): elapsed time = the sum of the bcopy times + a very small amount of system time.',
    'bcopy: the copies of the operation’s messages (of a round trip: two messages), each as long as memcpy takes when the other processor has just written its source, measured on the same two processors before and after the trials.',
    'system: of client and server together, per operation (getrusage; most Linux kernels sample it at the scheduler tick).',
    'neither: the share of the elapsed time that is neither of the two. In pattern stream both sides work at the same time, so bcopy and system together may be more than the elapsed time: then it is 0 %.',
    ...copiesNotes(speed),
    'Each trial of a transport shows by the library’s own counts that its bytes went through it; one that can’t has failed.',
    harnessNote(document),
    runNote(document),
  ];
  return notes.filter((note) => note !== null);
}

function copiesNotes({ copies }: SpeedLibrary): string[] {
  const differing = copies.filter(({ before_ns: before, after_ns: after }) => {
    if (before === null || after === null) return false;
    return Math.abs(before - after) > COPIES_DIFFER * Math.min(before, after);
  });
  if (differing.length === 0) return [];
  const texts = differing.map(
    ({ size_bytes, before_ns, after_ns }) =>
      `${size(size_bytes)} ${plain(before_ns)} before, ${plain(after_ns)} after`,
  );
  return [
    `The cost of a copy was not the same before and after: ${texts.join('; ')}. Their means count.`,
  ];
}
