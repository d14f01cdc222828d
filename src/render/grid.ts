import CliTable3, { type Cell } from 'cli-table3';

/** One column of a text table. */
export interface Column {
  /** Lines of the heading. */
  readonly heading: readonly string[];
  /** Heading on one line, for notes about the column. */
  readonly name: string;
  readonly align: 'left' | 'right';
  /** One per row, of one or more lines; '' = missing. */
  readonly cells: readonly string[];
}

/** A row that says something instead of its figures, from some column on. */
export interface Remark {
  readonly row: number;
  /** Index of the first column that the text covers. */
  readonly from: number;
  readonly text: string;
  /** How it is set apart; as the grid's remarks are unless given. */
  readonly style?: (text: string) => string;
}

/** How headings and remarks are set apart; see `style.ts`. */
export interface GridStyle {
  readonly heading: (text: string) => string;
  readonly remark: (text: string) => string;
}

const GAP = 2;
/** A remark in a narrow table still gets lines of a readable length. */
const REMARK_AT_LEAST = 30;

/** Characters from the first column's start to the last one's end. */
export function gridWidth(columns: readonly Column[]): number {
  const widths = columns.map(columnWidth);
  return widths.reduce((sum, width) => sum + width + GAP, -GAP);
}

/** Draws columns without frames: headings, a rule, one line per row, remarks wrapped in their span. */
export function renderGrid(
  columns: readonly Column[],
  remarks: readonly Remark[],
  style: GridStyle,
): string {
  const depth = Math.max(...columns.map((column) => column.heading.length));
  const table = new CliTable3({
    head: columns.map(({ heading }) => headingCell(heading, depth, style)),
    // One blank in the cell and one as separator make the gap.
    colWidths: widthsWith(remarks, columns).map((width) => width + 1),
    colAligns: columns.map((column) => column.align),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1, compact: true },
    wordWrap: true,
    chars: FRAMELESS,
  });
  for (let row = 0; row < (columns[0]?.cells.length ?? 0); row++) {
    const remark = remarks.find((candidate) => candidate.row === row);
    const upTo = remark?.from ?? columns.length;
    const cells: Cell[] = columns.slice(0, upTo).map((column) => column.cells[row] ?? '');
    if (remark !== undefined) {
      const content = (remark.style ?? style.remark)(remark.text);
      cells.push({ content, colSpan: columns.length - upTo, hAlign: 'left' });
    }
    table.push(cells);
  }
  // The rule reaches over the last column's gap.
  return table.toString().replaceAll(/( +|─)$/gm, '');
}

/** Only a rule under the headings. */
const FRAMELESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', right: '', 'right-mid': '' },
  ...{ mid: '─', 'mid-mid': '─', middle: ' ' },
};

function headingCell(lines: readonly string[], depth: number, style: GridStyle): string {
  // Short headings stand on the rule.
  const above = Array<string>(depth - lines.length).fill('');
  return [...above, ...lines.map(style.heading)].join('\n');
}

function columnWidth(column: Column): number {
  const lines = column.cells.flatMap((cell) => cell.split('\n'));
  return Math.max(...[...column.heading, ...lines].map(displayWidth));
}

/** Columns of a terminal that a text takes; names and units here have no wide characters. */
function displayWidth(text: string): number {
  return [...text].length;
}

/** When every row has a remark, nothing else makes the table wide enough to read them. */
function widthsWith(remarks: readonly Remark[], columns: readonly Column[]): number[] {
  const widths = columns.map(columnWidth);
  if (remarks.length === 0) return widths;
  const from = Math.max(...remarks.map((remark) => remark.from));
  const span = widths.slice(from).reduce((sum, width) => sum + width + GAP, -GAP);
  const last = widths.length - 1;
  widths[last] = (widths[last] ?? 0) + Math.max(0, REMARK_AT_LEAST - span);
  return widths;
}
