import { formatDuration, formatSpan } from '../plan/durations.js';
import type { CellAdvice, PlanAdvice, Repetitions } from '../session/plan-advice.js';
import { type Column, gridWidth, type Remark, renderGrid } from './grid.js';
import { renderNotes } from './notes.js';
import { placeColumns } from './place.js';
import { duration, lastPlace } from './quantity.js';
import { createStyle } from './style.js';
import { type TableOptions, widthsFor } from './table.js';

/** First word of the columns about the window that the result has. */
const AS_MEASURED = 'as measured';

/** More trials than anyone would make. */
const TOO_MANY = '> 10000';

/** Advice as a table with its footnotes, ending in a newline. */
export function renderPlanAdvice(advice: PlanAdvice, options: TableOptions = {}): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  if (advice.cells.length === 0) return `No results in ${advice.run}.\n`;
  const { above, columns, leftOut } = fitted(columnsOf(advice.cells), width.grid);
  const from = columns.findIndex(({ name }) => name === 'median');
  const remarks = advice.cells.flatMap((cell, row): Remark[] =>
    cell.reason === null ? [] : [{ row, from, text: `no advice: ${cell.reason}` }],
  );
  const grid = renderGrid(columns, remarks, { heading: style.bold, remark: style.warn });
  const notes = renderNotes([...leftOut, ...notesOf(advice)], width.notes, style);
  return `${[...(above === '' ? [] : [above]), grid, notes].join('\n\n')}\n`;
}

function columnsOf(cells: readonly CellAdvice[]): Column[] {
  const column = (
    name: string,
    heading: readonly string[],
    text: (cell: CellAdvice) => string,
    align: Column['align'] = 'right',
  ): Column => {
    const figures = cells.map((cell) => (name in LEFT || cell.reason === null ? text(cell) : ''));
    return { name, heading, align, cells: figures };
  };
  const repetitions = (words: string, of: (cell: CellAdvice) => Repetitions | null): Column[] => [
    column(`${words} window`, [words, 'window'], (cell) => windowText(of(cell))),
    column(`${words} trials`, ['', 'trials'], (cell) => trialsText(of(cell))),
    column(`${words} time`, ['', 'time'], (cell) => timeText(of(cell))),
  ];
  return [
    column('mechanism', ['mechanism'], ({ probe }) => probe, 'left'),
    column('pattern', ['pattern'], ({ pattern }) => pattern, 'left'),
    ...placeColumns(cells),
    column('median', ['median'], medianText),
    column('between', ['between', 'trials'], (cell) => percent(cell.between_trials)),
    column('within', ['within', 'a trial'], (cell) => percent(cell.within_trial)),
    ...repetitions(AS_MEASURED, (cell) => cell.as_measured),
    ...repetitions('advised', (cell) => cell.advised),
  ];
}

/** Columns that a row without advice has as well. */
const LEFT: Readonly<Record<string, true>> = { mechanism: true, pattern: true };

/**
 * Where there is little room, what all rows share is said above; if that doesn't do, what the
 * window as measured would take is left out, and a note says so.
 */
function fitted(
  all: readonly Column[],
  width: number,
): { above: string; columns: Column[]; leftOut: string[] } {
  let columns = [...all];
  const above: string[] = [];
  for (const name of ['pattern', 'wait', 'placement', 'size']) {
    const column = columns.find((candidate) => candidate.name === name);
    const plain = name === 'pattern' && column?.cells.every((text) => text === 'echo');
    if (column === undefined || new Set(column.cells).size !== 1) continue;
    if (!plain && gridWidth(columns) <= width) continue;
    if (!plain) above.push(`${name} ${column.cells[0]}`);
    columns = columns.filter((other) => other !== column);
  }
  const fits = gridWidth(columns) <= width;
  const kept = columns.filter(({ name }) => fits || !name.startsWith(AS_MEASURED));
  const leftOut = fits ? [] : ['Left out for want of width: what the window as measured takes.'];
  return { above: above.join(' · '), columns: kept, leftOut };
}

function medianText({ median_ns: ns }: CellAdvice): string {
  return ns === null ? '' : duration(ns, lastPlace(ns, null, 3));
}

function windowText(repetitions: Repetitions | null): string {
  if (repetitions === null) return '';
  // Two digits: the advice isn't finer than that.
  return formatDuration(Number(repetitions.window_ns.toPrecision(2)));
}

function trialsText(repetitions: Repetitions | null): string {
  return repetitions === null ? '' : String(repetitions.trials ?? TOO_MANY);
}

function timeText(repetitions: Repetitions | null): string {
  const ns = repetitions?.time_ns ?? null;
  return ns === null ? '' : formatSpan(ns / 1e6);
}

/** Two digits: `0.34 %`, `12 %`. */
function percent(share: number | null): string {
  if (share === null) return '';
  const value = share * 100;
  if (value >= 10) return `${Math.round(value)} %`;
  return value < 0.001 ? '0 %' : `${Number(value.toPrecision(2))} %`;
}

const OVERHEAD_FROM: Readonly<Record<PlanAdvice['overhead_from'], string>> = {
  run: 'as in this run, its warm-up included',
  asked: 'as given, with the warm-up of this run',
  assumed: 'assumed, with the warm-up of this run; --start-up says better',
};

function notesOf(advice: PlanAdvice): string[] {
  const share = Number((advice.precision * 100).toPrecision(3));
  const few = advice.cells.some(({ trials, reason }) => reason === null && trials < 10);
  return [
    `Trials: so many that half the 95 % interval of the median is at most ${share} % of it, and at least 5. Time: for all of them.`,
    'Between trials: what a fresh pair of processes adds to the scatter; within a trial: scatter of the medians of tenths of its window; both as standard deviations, in percent of the median.',
    `A trial costs ${formatDuration(Number(advice.overhead_ns.toPrecision(2)))} beyond its window (${OVERHEAD_FROM[advice.overhead_from]}).`,
    'Advised: the window whose repetitions cost least (Kalibera and Jones, ISMM 2013), at most ten times the one measured; as measured where another saves less than a tenth.',
    ...(few ? ['Variances of fewer than 10 trials are rough, and so is the advice.'] : []),
    `Result ${advice.run}.`,
  ];
}
