import type { ComparedCell, ComparedPair, Comparison } from '../session/compare.js';
import { BOOTSTRAP_MIN_TRIALS } from '../stats/bootstrap.js';
import { type Column, gridWidth, type Remark, renderGrid } from './grid.js';
import { renderNotes } from './notes.js';
import {
  atPlace,
  duration,
  durationWithInterval,
  endAtPlace,
  halfWidth,
  lastPlace,
  size,
} from './quantity.js';
import { createStyle, type Style } from './style.js';
import { type TableOptions, widthsFor } from './table.js';

/** However close to 1 an interval ends, its ends get no more decimals than this. */
const FINEST_RATIO = -5;

/**
 * A comparison as a table: the medians side by side, the ratio with its
 * interval, the verdict in words. Ends in a newline.
 */
export function renderComparison(comparison: Comparison, options: TableOptions = {}): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  const { pairs } = comparison;
  if (pairs.length === 0) {
    const notes = renderNotes(comparisonNotes(comparison, []), width.notes, style);
    return `Nothing to compare: no cell has a partner.\n${notes}\n`;
  }
  const { columns, above, leftOut } = fitted(comparison, width.grid);
  const notes = renderNotes(comparisonNotes(comparison, leftOut), width.notes, style);
  const grid = renderGrid(columns, remarksOf(pairs, columns), {
    heading: style.bold,
    remark: style.warn,
  });
  const coloured = emphasised(grid, style);
  return `${above === '' ? '' : `${above}\n\n`}${coloured}\n\n${notes}\n`;
}

/**
 * A pair's verdict in words: `pipe is 4.1x [3.9 .. 4.3] faster`, always from the
 * faster one's side, or `not separated`.
 *
 * @param names of the sides
 */
export function describeVerdict(pair: ComparedPair, names: readonly [string, string]): string {
  const { ratio, ci95 } = pair;
  if (pair.verdict === 'not comparable' || ratio === null || ci95 === null) return pair.verdict;
  if (pair.verdict === 'not separated') return `not separated: ${ratioText(ratio, ci95)}`;
  return pair.verdict === 'faster'
    ? `${names[0]} is ${ratioText(ratio, ci95)} faster`
    : `${names[1]} is ${ratioText(1 / ratio, [1 / ci95[1], 1 / ci95[0]])} faster`;
}

function ratioText(ratio: number, ci95: readonly [number, number]): string {
  let place = lastPlace(ratio, halfWidth(ci95));
  const shown = () => ci95.map((end) => endAtPlace(end, place));
  // An interval that excludes 1 must not look as if it didn't, because of rounding.
  const hidesTheGap = () =>
    (ci95[0] > 1 && Number(shown()[0]) <= 1) || (ci95[1] < 1 && Number(shown()[1]) >= 1);
  while (hidesTheGap() && place > FINEST_RATIO) place--;
  return `${atPlace(ratio, place)}x [${shown().join(' .. ')}]`;
}

interface PairColumn extends Column {
  /** `place` columns say what a row is about; `verdict` is the last one. */
  readonly kind: 'place' | 'figure' | 'cpu' | 'verdict';
  /** What it says where there is little room; null = the same. */
  readonly narrow: PairColumn | null;
}

interface Fitted {
  readonly columns: readonly PairColumn[];
  /** What all rows share. */
  readonly above: string;
  /** What there was no room for. */
  readonly leftOut: readonly string[];
}

function fitted(comparison: Comparison, width: number): Fitted {
  let columns: readonly PairColumn[] = pairColumns(comparison);
  const above: string[] = [];
  const leftOut: string[] = [];
  const tooWide = () => gridWidth(columns) > width;
  for (const name of ['wait', 'placement', 'mechanism']) {
    const column = columns.find((candidate) => candidate.name === name);
    if (!tooWide() || column === undefined || new Set(column.cells).size !== 1) continue;
    above.push(`${name} ${column.cells[0]}`);
    columns = columns.filter((other) => other !== column);
  }
  if (tooWide()) {
    columns = columns.filter((column) => column.kind !== 'cpu');
    leftOut.push('CPU time per trip');
  }
  if (tooWide()) {
    columns = columns.map((column) => (column.narrow === null ? column : column.narrow));
    leftOut.push('intervals of the medians');
  }
  return { columns, above: above.join(' · '), leftOut };
}

function pairColumns(comparison: Comparison): PairColumn[] {
  const { pairs } = comparison;
  const column = (
    kind: PairColumn['kind'],
    name: string,
    heading: readonly string[],
    align: Column['align'],
    text: (pair: ComparedPair) => string,
  ): PairColumn => ({ kind, name, heading, align, cells: pairs.map(text), narrow: null });
  const figures = (text: (pair: ComparedPair) => string) => (pair: ComparedPair) =>
    hasFigures(pair) ? text(pair) : '';
  const medians = (name: string, of: (pair: ComparedPair) => ComparedCell): PairColumn => ({
    ...column(
      'figure',
      name,
      [name, 'median RTT [95 % CI]'],
      'right',
      figures((pair) => medianText(of(pair), true)),
    ),
    narrow: column(
      'figure',
      name,
      [name, 'median'],
      'right',
      figures((pair) => medianText(of(pair), false)),
    ),
  });
  const cpu = (name: string, of: (pair: ComparedPair) => ComparedCell) =>
    column(
      'cpu',
      name,
      ['CPU/trip', name],
      'right',
      figures((pair) => cpuText(of(pair))),
    );
  // Sides that are runs don't say by their names which mechanism a row is about.
  const needsMechanism = pairs.some(
    ({ a, b }) => !comparison.a.startsWith(a.probe) || !comparison.b.startsWith(b.probe),
  );
  const sides = sidesOf(comparison);
  return [
    ...(needsMechanism ? [column('place', 'mechanism', ['mechanism'], 'left', mechanismText)] : []),
    column('place', 'size', ['size'], 'right', (pair) => size(pair.size_bytes)),
    column('place', 'placement', ['placement'], 'left', (pair) => pair.placement),
    column('place', 'wait', ['wait'], 'left', (pair) => pair.wait),
    medians(comparison.a, ({ a }) => a),
    medians(comparison.b, ({ b }) => b),
    cpu(comparison.a, ({ a }) => a),
    cpu(comparison.b, ({ b }) => b),
    column(
      'verdict',
      'verdict',
      ['verdict'],
      'left',
      figures((pair) => describeVerdict(pair, sides)),
    ),
  ];
}

function sidesOf({ a, b }: Comparison): [string, string] {
  return a === b ? [`${a} (first)`, `${b} (second)`] : [a, b];
}

function hasFigures(pair: ComparedPair): boolean {
  return pair.a.median_ns !== null && pair.b.median_ns !== null;
}

function mechanismText({ a, b }: ComparedPair): string {
  return a.probe === b.probe ? a.probe : `${a.probe}, ${b.probe}`;
}

function medianText(cell: ComparedCell, withInterval: boolean): string {
  if (cell.median_ns === null) return '';
  const place = lastPlace(cell.median_ns, halfWidth(cell.ci95_ns));
  if (!withInterval) return duration(cell.median_ns, place);
  return durationWithInterval(cell.median_ns, cell.ci95_ns, place);
}

function cpuText({ cpu_ns_per_op: cpu }: ComparedCell): string {
  return cpu === null ? '' : duration(cpu, lastPlace(cpu, null));
}

function remarksOf(pairs: readonly ComparedPair[], columns: readonly PairColumn[]): Remark[] {
  const from = columns.findIndex((column) => column.kind === 'figure');
  return pairs.flatMap((pair, row) => {
    if (hasFigures(pair)) return [];
    const sides = [pair.a, pair.b].filter((cell) => cell.median_ns === null);
    const text = sides.map((cell) => {
      const what = cell.status === 'unavailable' ? 'not available' : 'failed';
      return `${cell.probe} ${what}: ${cell.reason ?? 'no reason known'}`;
    });
    return [{ row, from, text: [...new Set(text)].join('; ') }];
  });
}

function emphasised(grid: string, style: Style): string {
  return grid
    .replaceAll(/\S+ is \S+x \[[^\]]*\] faster$/gm, style.good)
    .replaceAll(/not separated: .*$/gm, style.dim);
}

function comparisonNotes(comparison: Comparison, leftOut: readonly string[]): string[] {
  const { pairs } = comparison;
  const trials = pairs.flatMap(({ a, b }) => [a.trials, b.trials]);
  const few = trials.some((count) => count > 1 && count < BOOTSTRAP_MIN_TRIALS);
  const without = pairs.some((pair) => hasFigures(pair) && pair.ci95 === null);
  return [
    ...(leftOut.length === 0 ? [] : [`Left out for want of width: ${leftOut.join(', ')}.`]),
    ...comparison.notes,
    ...comparison.unmatched.map((cell) => `Not compared: ${cell}.`),
    `Ratios of the medians of trials, with 95 % intervals by bootstrap over trials${
      few ? ` (Welch’s t on logarithms below ${BOOTSTRAP_MIN_TRIALS} trials)` : ''
    }, seed ${comparison.seed}.`,
    'Ratio: time of the slower over that of the faster; 2x is half the time. Faster: the interval excludes 1. Not separated: it doesn’t, which doesn’t show that the two are equal.',
    ...(without ? ['Not comparable: an interval needs two trials of each side.'] : []),
  ];
}
