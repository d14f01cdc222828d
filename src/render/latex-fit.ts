import { medianParts, plainFigure } from './latex-rows.js';
import { numberParts } from './latex-text.js';
import type { TableColumn } from './table-columns.js';

/** A column, and how many of LaTeX's it takes: one; number and unit; number, unit, interval. */
export interface LatexColumn {
  readonly column: TableColumn;
  readonly span: 1 | 2 | 3;
}

/** A table in a width. */
export interface FittedTable {
  readonly columns: readonly LatexColumn[];
  /** The command for its font, and the room on either side of a column. */
  readonly font: '\\small' | '\\footnotesize';
  readonly gapPt: number;
  /** Names of columns for which there was no room. */
  readonly leftOut: readonly string[];
}

/** `\linewidth` of A4 with margins of 25 mm, the one of `ipcbench.tex`. */
const LINE_PT = 455;
/** The mean width of a character with digits, a little above what Latin Modern has. */
const CHARACTER_PT = { '\\small': 4.5, '\\footnotesize': 4.1 } as const;
const STEPS = [
  { font: '\\small', gapPt: 6 },
  { font: '\\small', gapPt: 4 },
  { font: '\\footnotesize', gapPt: 3 },
] as const;
/** `\,` and `\enspace` */
const THIN_PT = 1.7;
const ENSPACE_PT = 4.5;
const INTERVAL_HEAD = '[95 % CI]';

/**
 * The largest font in which a table fits on a page; where none does, the smallest, without
 * the columns that can be spared, one after the other.
 *
 * @param spared names of columns, the least important one first
 */
export function fitTable(columns: readonly LatexColumn[], spared: readonly string[]): FittedTable {
  for (const step of STEPS) {
    if (widthPt(columns, step) <= LINE_PT) return { columns, ...step, leftOut: [] };
  }
  const step = STEPS[STEPS.length - 1] as (typeof STEPS)[number];
  let kept = columns;
  const leftOut: string[] = [];
  for (const name of spared) {
    if (widthPt(kept, step) <= LINE_PT) break;
    const fewer = kept.filter(({ column }) => column.name !== name);
    if (fewer.length < kept.length) leftOut.push(name);
    kept = fewer;
  }
  return { columns: kept, ...step, leftOut };
}

function widthPt(
  columns: readonly LatexColumn[],
  { font, gapPt }: Pick<FittedTable, 'font' | 'gapPt'>,
): number {
  const widths = columns.map((column) => columnWidthPt(column, CHARACTER_PT[font]));
  // There is none at the outer edges.
  return widths.reduce((sum, width) => sum + width + 2 * gapPt, -2 * gapPt);
}

function columnWidthPt({ column, span }: LatexColumn, characterPt: number): number {
  const texts = column.cells.map(plainFigure);
  const head = longest(column.heading.filter((line) => line !== INTERVAL_HEAD));
  if (span === 1) return Math.max(head, longest(texts)) * characterPt;
  const values = texts.map((text) => medianParts(text)?.value ?? text);
  const parts = values.map((text) => numberParts(text) ?? { number: text, unit: '' });
  const number = longest(parts.map((part) => part.number.replace('$<$', '<')));
  // `\textmu{}s` is two characters.
  const unit = longest(parts.map((part) => part.unit.replace('\\textmu{}', 'µ')));
  const pair = Math.max(head * characterPt, (number + unit) * characterPt + THIN_PT);
  if (span === 2) return pair;
  const ends = texts.map((text) => medianParts(text)?.ends ?? null);
  const intervals = ends.map((both) => (both === null ? '' : `[${both[0]}, ${both[1]}]`));
  return pair + ENSPACE_PT + longest([INTERVAL_HEAD, ...intervals]) * characterPt;
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => [...text].length));
}
