import type { ComparedPair, Comparison } from '../session/compare.js';
import { BOOTSTRAP_MIN_TRIALS } from '../stats/bootstrap.js';
import { hasFigures, type PairColumn, pairColumns } from './compare-columns.js';
import { gridWidth, type Remark, renderGrid } from './grid.js';
import { groupBy } from './group.js';
import { renderNotes } from './notes.js';
import { operationWords } from './operation-words.js';
import { createStyle, type Style } from './style.js';
import { type TableOptions, widthsFor } from './table.js';

/**
 * A comparison as tables, one for each pattern: the medians side by side, the
 * ratio with its interval, the verdict in words. Ends in a newline.
 */
export function renderComparison(comparison: Comparison, options: TableOptions = {}): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  const { pairs } = comparison;
  if (pairs.length === 0) {
    const notes = renderNotes(comparisonNotes(comparison, []), width.notes, style);
    return `Nothing to compare: no cell has a partner.\n${notes}\n`;
  }
  const patterns = groupBy(pairs, (pair) => pair.pattern);
  const leftOut = new Set<string>();
  const tables = [...patterns].map(([pattern, some]) => {
    const table = fitted(pairColumns(pattern, some, comparison), width.grid, pattern);
    for (const name of table.leftOut) leftOut.add(name);
    const title = `${style.bold(pattern)}: ${operationWords(pattern).title}`;
    const grid = renderGrid(table.columns, remarksOf(some, table.columns), {
      heading: style.bold,
      remark: style.warn,
    });
    return [
      ...(patterns.size > 1 ? [title] : []),
      ...(table.above === '' ? [] : [table.above]),
      emphasised(grid, style),
    ].join('\n\n');
  });
  const notes = renderNotes(comparisonNotes(comparison, [...leftOut]), width.notes, style);
  return `${tables.join('\n\n')}\n\n${notes}\n`;
}

interface Fitted {
  readonly columns: readonly PairColumn[];
  /** What all rows share. */
  readonly above: string;
  /** What there was no room for. */
  readonly leftOut: readonly string[];
}

function fitted(all: readonly PairColumn[], width: number, pattern: string): Fitted {
  let columns = all;
  const above: string[] = [];
  const leftOut: string[] = [];
  const tooWide = () => gridWidth(columns) > width;
  for (const name of saidOnce(all)) {
    const column = columns.find((candidate) => candidate.name === name);
    if (!tooWide() || column === undefined || new Set(column.cells).size !== 1) continue;
    above.push(`${name} ${column.cells[0]}`);
    columns = columns.filter((other) => other !== column);
  }
  if (tooWide()) {
    columns = columns.filter((column) => column.kind !== 'cpu');
    leftOut.push(`CPU time per ${operationWords(pattern).one}`);
  }
  if (tooWide()) {
    columns = columns.map((column) => (column.narrow === null ? column : column.narrow));
    leftOut.push('intervals of the medians');
  }
  return { columns, above: above.join(' · '), leftOut };
}

/** Places that may be said above the table, in this order; the size stays. */
function saidOnce(columns: readonly PairColumn[]): string[] {
  const first = ['wait', 'placement'];
  const places = columns.filter(({ kind, name }) => kind === 'place' && name !== 'size');
  return [...first, ...places.map(({ name }) => name).filter((name) => !first.includes(name))];
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
  const patterns = new Set(pairs.map((pair) => pair.pattern));
  const definitions = new Set([...patterns].map((name) => operationWords(name).definition));
  return [
    ...(leftOut.length === 0 ? [] : [`Left out for want of width: ${leftOut.join(', ')}.`]),
    ...comparison.notes,
    ...comparison.unmatched.map((cell) => `Not compared: ${cell}.`),
    ...(pairs.some(hasFigures) ? [[...definitions].join(' ')] : []),
    `Ratios of the medians of trials, with 95 % intervals by bootstrap over trials${
      few ? ` (Welch’s t on logarithms below ${BOOTSTRAP_MIN_TRIALS} trials)` : ''
    }, seed ${comparison.seed}.`,
    'Ratio: time of the slower over that of the faster; 2x is half the time. Faster: the interval excludes 1. Not separated: it doesn’t, which doesn’t show that the two are equal.',
    ...(patterns.has('load') && !leftOut.includes(`CPU time per ${operationWords('load').one}`)
      ? ['CPU time under load includes the client’s polling for the next due time.']
      : []),
    ...(without ? ['Not comparable: an interval needs two trials of each side.'] : []),
  ];
}
