import type { CellResult, ResultDocument } from '../store/schema.js';
import { gridWidth, type Remark, renderGrid } from './grid.js';
import { groupBy } from './group.js';
import { renderHeatMaps, rowsShown } from './heat-map.js';
import { renderNotes } from './notes.js';
import { operationWords } from './operation-words.js';
import { createStyle, type Style } from './style.js';
import { type TableColumn, type TableLayout, tableLayout } from './table-columns.js';
import { type NotedTable, tableNotes } from './table-notes.js';

export interface TableOptions {
  /** Columns of the terminal; unless given the table is as wide as it needs to be. */
  readonly width?: number;
  /** ANSI emphasis; off unless given. */
  readonly color?: boolean;
  /** Figures to show, in this order, by their keys; those that fit unless given. */
  readonly columns?: readonly string[] | undefined;
}

/** The narrowest table that is laid out; a narrower terminal wraps its lines. */
const NARROWEST = 60;
/** Notes are wrapped for reading also where the table may be as wide as it likes. */
const WIDEST_NOTES = 120;

/** The width for the grid, and that for the notes under it. */
export function widthsFor(options: TableOptions): { grid: number; notes: number } {
  const grid = Math.max(options.width ?? Number.POSITIVE_INFINITY, NARROWEST);
  return { grid, notes: Math.min(grid, WIDEST_NOTES) };
}

/**
 * A result document as tables, one for each pattern, with their footnotes, ending in a newline.
 *
 * Where the width doesn't do for every column, those that say the same in each
 * row move above the table first; then the least important ones are left out,
 * and a footnote names them. Matrices of processors have heat maps under the table.
 */
export function renderTable(document: ResultDocument, options: TableOptions = {}): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  if (document.results.length === 0) {
    return `No results.\n${renderNotes(tableNotes(document, []), width.notes, style)}\n`;
  }
  const patterns = groupBy(document.results, (cell) => cell.pattern);
  const tables = [...patterns].map(([pattern, cells]) =>
    patternTable(pattern, cells, {
      ...{ width: width.grid, style, titled: patterns.size > 1 },
      columns: options.columns ?? null,
    }),
  );
  const notes = renderNotes(tableNotes(document, tables), width.notes, style);
  return `${tables.map(({ text }) => text).join('\n\n')}\n\n${notes}\n`;
}

/** The pattern's table as it was drawn. */
interface PatternTable extends NotedTable {
  readonly text: string;
}

interface PatternOptions {
  readonly width: number;
  readonly style: Style;
  /** Whether a title says which pattern it is. */
  readonly titled: boolean;
  /** Keys of the figures that were asked for; null = those that fit. */
  readonly columns: readonly string[] | null;
}

function patternTable(
  pattern: string,
  cells: readonly CellResult[],
  { width, style, titled, columns: asked }: PatternOptions,
): PatternTable {
  const rows = rowsShown(cells);
  const layout = tableLayout(pattern, rows);
  const { columns, common, leftOut } = fitted(chosen(layout, asked), width);
  const first = columns.findIndex((column) => column.kind === 'figure');
  const grid = renderGrid(columns, remarksOf(rows, first), {
    heading: style.bold,
    remark: style.warn,
  });
  const above = common.map((column) => `${column.name} ${valuesOf(column)[0]}`).join(' · ');
  const title = `${style.bold(pattern)}: ${operationWords(pattern).title}`;
  const parts = [
    ...(titled ? [title] : []),
    ...(above === '' ? [] : [above]),
    grid,
    ...renderHeatMaps(cells, width, style),
  ];
  const shown = new Set([...columns, ...common].map(({ name }) => name));
  return {
    text: parts.join('\n\n'),
    ...{ cells, leftOut, rowsHidden: cells.length - rows.length },
    shows: (name) => shown.has(name),
  };
}

/** What was asked for instead of what is usual; it stays, however little room there is. */
function chosen(layout: TableLayout, asked: readonly string[] | null): TableLayout {
  if (asked === null) return layout;
  const all = [...layout.columns, ...layout.more];
  const figures = asked.flatMap((key) => all.find((column) => column.key === key) ?? []);
  const places = layout.columns.filter(({ kind }) => kind === 'place');
  const saidOnce = layout.saidOnce.filter((name) => places.some((column) => column.name === name));
  return { ...layout, columns: [...places, ...figures], saidOnce, leftOut: [] };
}

interface Fitted {
  readonly columns: readonly TableColumn[];
  /** The same in all rows, so said once. */
  readonly common: readonly TableColumn[];
  /** Names of columns that had to go. */
  readonly leftOut: readonly string[];
}

function fitted(layout: TableLayout, width: number): Fitted {
  let columns = layout.columns;
  const common: TableColumn[] = [];
  const leftOut: string[] = [];
  for (const name of layout.saidOnce) {
    if (gridWidth(columns) <= width) break;
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined || !isConstant(column)) continue;
    common.unshift(column);
    columns = columns.filter((other) => other !== column);
  }
  for (const names of layout.leftOut) {
    if (gridWidth(columns) <= width) break;
    const going = columns.filter((column) => names.includes(column.name));
    // User and system time go together, and their sum comes instead.
    const cpu = going.some(({ key }) => key === 'user') ? [layout.cpu] : [];
    columns = [...columns.filter((column) => !going.includes(column)), ...cpu];
    leftOut.push(...going.map((column) => column.name));
  }
  return { columns, common, leftOut };
}

function isConstant(column: TableColumn): boolean {
  return new Set(valuesOf(column)).size === 1;
}

function valuesOf(column: TableColumn): string[] {
  return column.cells.filter((_, row) => !column.blank.has(row));
}

function remarksOf(cells: readonly CellResult[], from: number): Remark[] {
  return cells.flatMap((cell, row) => {
    if (cell.status === 'ok') return [];
    const what = cell.status === 'unavailable' ? 'not available' : 'failed';
    const remedy = cell.remedy === null ? '' : ` (${cell.remedy})`;
    return [{ row, from, text: `${what}: ${cell.reason ?? 'no reason known'}${remedy}` }];
  });
}
