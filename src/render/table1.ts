import type { Table1, Table1Entry, Table1Line } from '../session/table1.js';
import type { ResultDocument } from '../store/schema.js';
import { type Column, gridWidth, type Remark, renderGrid } from './grid.js';
import { renderNotes } from './notes.js';
import { atPlace, durationWithInterval, halfWidth, lastPlace } from './quantity.js';
import { createStyle, type Style } from './style.js';
import { type TableOptions, widthsFor } from './table.js';
import {
  columnName,
  differences,
  missingNotes,
  OTHER_WAIT,
  table1Notes,
  whyMissing,
} from './table1-notes.js';
import { renderVerdicts } from './table1-verdicts.js';
import { ratioText } from './verdict.js';

/** The first column of measurements; before it are the mechanism and what was published. */
const FIRST_MEASURED = 3;
/** Digits of a ratio without an interval. */
const RATIO_DIGITS = 3;

/**
 * Table 1 measured again, beside what was published, ending in a newline: the columns of
 * measurements side by side where there is room, else one below the other.
 */
export function renderTable1(
  table: Table1,
  document: ResultDocument,
  options: TableOptions = {},
): string {
  const width = widthsFor(options);
  const style = createStyle(options.color ?? false);
  const layouts = [sideBySide(table, false), sideBySide(table, true)];
  const fitting = layouts.find((columns) => gridWidth(columns) <= width.grid);
  const grids = fitting
    ? [drawn(fitting, remarksOf(table.rows, allColumns(table)), style)]
    : table.columns.map((_, column) => stacked(table, column, width.grid, style));
  const missing = fitting ? missingNotes(table) : [];
  return `${[
    ...grids,
    renderVerdicts(table, width.notes, style),
    renderNotes([...missing, ...table1Notes(table, document)], width.notes, style),
    [style.bold('What differs from the paper:'), differences(table, document, width.notes)]
      .flat()
      .join('\n'),
  ].join('\n\n')}\n`;
}

function allColumns({ columns }: Table1): number[] {
  return columns.map((_, i) => i);
}

/** @param folded intervals below their medians, and none for ratios */
function sideBySide(table: Table1, folded: boolean): Column[] {
  const { rows } = table;
  const measured = table.columns.flatMap((column, i) => {
    const head = [column.wait, column.placement];
    const entries = rows.map(({ measured: all }) => all[i] as Table1Entry);
    const medians = entries.map((entry) => medianText(entry, column.wait));
    return [
      right([...head, 'median [95 % CI]'], folded ? medians.map(fold) : medians),
      right(['ratio'], entries.map(folded ? plainRatioText : fullRatioText)),
    ];
  });
  return [...publishedColumns(rows), ...measured];
}

/** One column of measurements as a table of its own. */
function stacked(table: Table1, i: number, width: number, style: Style): string {
  const column = table.columns[i] as Table1['columns'][number];
  const entries = table.rows.map(({ measured }) => measured[i] as Table1Entry);
  const title = style.bold(columnName(column));
  const reasons = new Set(entries.map(whyMissing));
  const [reason] = reasons;
  if (reasons.size === 1 && reason) return `${title}: ${style.warn(reason)}`;
  const medians = entries.map((entry) => medianText(entry, column.wait));
  const ratios = entries.map(fullRatioText);
  const columns = (text: (cell: string) => string) => [
    ...publishedColumns(table.rows),
    right(['median RTT [95 % CI]'], medians.map(text)),
    right(['ratio [95 % CI]'], ratios.map(text)),
  ];
  const unfolded = columns((cell) => cell);
  const fitting = gridWidth(unfolded) <= width ? unfolded : columns(fold);
  return `${title}\n\n${drawn(fitting, remarksOf(table.rows, [i]), style)}`;
}

/** An interval below what it is of. */
function fold(cell: string): string {
  return cell.replace(' [', '\n[');
}

function drawn(columns: readonly Column[], remarks: readonly Remark[], style: Style): string {
  return renderGrid(columns, remarks, { heading: style.bold, remark: style.warn });
}

function publishedColumns(rows: readonly Table1Line[]): Column[] {
  return [
    {
      ...{ heading: ['mechanism'], name: 'mechanism', align: 'left' },
      cells: rows.map(({ probe }) => probe),
    },
    right(
      ['published', 'RTT'],
      rows.map(({ published_us: us }) => `${us} µs`),
    ),
    right(
      ['ratio'],
      rows.map(({ published_ratio: ratio }) => plainRatio(ratio)),
    ),
  ];
}

function right(heading: readonly string[], cells: readonly string[]): Column {
  return { heading, name: heading.join(' '), align: 'right', cells };
}

/** A row without figures in any of these columns says why instead. */
function remarksOf(rows: readonly Table1Line[], columns: readonly number[]): Remark[] {
  return rows.flatMap(({ measured }, row) => {
    const reasons = columns.map((i) => whyMissing(measured[i] as Table1Entry));
    if (reasons.includes(null)) return [];
    return [{ row, from: FIRST_MEASURED, text: [...new Set(reasons)].join('; ') }];
  });
}

function medianText(entry: Table1Entry, wait: string): string {
  const { median_ns: median, ci95_ns: ci95, status } = entry;
  if (median === null) return status === 'unavailable' ? 'not available' : 'failed';
  const place = lastPlace(median, halfWidth(ci95));
  const mark = entry.wait === wait ? '' : OTHER_WAIT;
  return durationWithInterval(median, ci95, place) + mark;
}

function plainRatioText({ ratio, ratio_ci95: ci95 }: Table1Entry): string {
  if (ratio === null) return '';
  return plainRatio(ratio, halfWidth(ci95));
}

function fullRatioText(entry: Table1Entry): string {
  const { ratio, ratio_ci95: ci95 } = entry;
  return ratio === null || ci95 === null ? plainRatioText(entry) : ratioText(ratio, ci95);
}

function plainRatio(ratio: number, spread: number | null = ratio / 1e6): string {
  if (ratio === 1) return '1';
  return `${atPlace(ratio, lastPlace(ratio, spread, RATIO_DIGITS))}x`;
}
