import type { ComparedCell, Comparison } from '../session/compare-types.js';
import { type Fitted, fitColumns, hasFigures, pairColumns } from './compare-columns.js';
import { comparisonNotes } from './compare-notes.js';
import { rankingColumns } from './compare-ranking.js';
import { type Remark, renderGrid } from './grid.js';
import { groupBy } from './group.js';
import { renderNotes } from './notes.js';
import { operationWords } from './operation-words.js';
import { createStyle, type Style } from './style.js';
import { type TableOptions, widthsFor } from './table.js';

/**
 * A comparison as tables, one for each pattern: of two sides the medians side by side, the ratio
 * with its interval, the verdict in words; of more, the sides of each place by rank. Ends in a
 * newline.
 */
export function renderComparison(comparison: Comparison, options: TableOptions = {}): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  if (comparison.pairs.length === 0) {
    const notes = renderNotes(comparisonNotes(comparison, []), width.notes, style);
    return `Nothing to compare: no cell has a partner.\n${notes}\n`;
  }
  const tables = tablesOf(comparison, width.grid, options.columns);
  const texts = tables.map(({ pattern, fitted, remarks }) => {
    const title = `${style.bold(pattern)}: ${operationWords(pattern).title}`;
    const grid = renderGrid(fitted.columns, remarks(fitted), {
      heading: style.bold,
      remark: style.warn,
    });
    return [
      ...(tables.length > 1 ? [title] : []),
      ...(fitted.above === '' ? [] : [fitted.above]),
      emphasised(grid, style),
    ].join('\n\n');
  });
  const leftOut = new Set(tables.flatMap(({ fitted }) => fitted.leftOut));
  const notes = renderNotes(comparisonNotes(comparison, [...leftOut]), width.notes, style);
  return `${texts.join('\n\n')}\n\n${notes}\n`;
}

interface PatternTable {
  readonly pattern: string;
  readonly fitted: Fitted;
  readonly remarks: (fitted: Fitted) => Remark[];
}

function tablesOf(
  comparison: Comparison,
  width: number,
  asked: readonly string[] | undefined,
): PatternTable[] {
  const { pairs, rankings } = comparison;
  if (rankings.length === 0) {
    return [...groupBy(pairs, (pair) => pair.pattern)].map(([pattern, some]) => ({
      pattern,
      fitted: fitColumns(pairColumns(pattern, some, comparison), width, pattern, asked),
      remarks: remarksFor(some.map((pair) => (hasFigures(pair) ? [] : [pair.a, pair.b]))),
    }));
  }
  return [...groupBy(rankings, ({ place }) => place.pattern)].map(([pattern, some]) => ({
    pattern,
    fitted: fitColumns(rankingColumns(pattern, some), width, pattern, asked),
    remarks: remarksFor(some.flatMap(({ cells }) => cells.map((cell) => [cell]))),
  }));
}

/** What rows say instead of figures: why a cell has none. */
function remarksFor(rows: readonly (readonly ComparedCell[])[]) {
  return ({ columns }: Fitted): Remark[] => {
    const from = columns.findIndex((column) => column.kind !== 'place');
    return rows.flatMap((cells, row) => {
      const missing = cells.filter((cell) => cell.median_ns === null);
      if (missing.length === 0) return [];
      const text = missing.map((cell) => {
        const what = cell.status === 'unavailable' ? 'not available' : 'failed';
        return `${cell.probe} ${what}: ${cell.reason ?? 'no reason known'}`;
      });
      return [{ row, from, text: [...new Set(text)].join('; ') }];
    });
  };
}

function emphasised(grid: string, style: Style): string {
  return grid
    .replaceAll(/\S(?:\S| (?! ))* is \S+x \[[^\]]*\] faster$/gm, style.good)
    .replaceAll(/not separated: .*$/gm, style.dim);
}
