import type { ReportTable } from './report-table.js';
import type { TableColumn } from './table-columns.js';

/** The words of a table's rows, from left to right: a row without figures says why in the first of them. */
export function bodyRows({ columns, rows }: ReportTable): string[][] {
  const firstFigure = columns.findIndex(({ kind }) => kind === 'figure');
  return rows.map(({ remark }, row) =>
    columns.map((column, i) => {
      if (remark !== null && i >= firstFigure) return i === firstFigure ? remark : '';
      return column.cells[row] ?? '';
    }),
  );
}

/** Lines of `| a | b |` with their columns aligned, of cells that are escaped already. */
export function pipeLine(
  cells: readonly string[],
  columns: readonly TableColumn[],
  widths: readonly number[],
) {
  const padded = cells.map((text, i) => {
    const blanks = ' '.repeat(Math.max(0, (widths[i] ?? 0) - length(text)));
    return columns[i]?.align === 'right' ? blanks + text : text + blanks;
  });
  return `| ${padded.join(' | ')} |`;
}

/** A remark doesn't make its column wide. */
const WIDEST = 40;

/** Characters that each column takes. */
export function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const columns = lines[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, i) =>
    Math.max(3, ...lines.map((line) => length(line[i] ?? '')).filter((one) => one <= WIDEST)),
  );
}

function length(text: string): number {
  return [...text].length;
}
