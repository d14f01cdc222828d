import { type FittedTable, fitTable, type LatexColumn } from './latex-fit.js';
import { isMarked, medianParts, plainFigure, splitColumns } from './latex-rows.js';
import { letter, lettersNote } from './latex-runs.js';
import { commandName, numberParts, texText } from './latex-text.js';
import { operationWords } from './operation-words.js';
import type { ReportTable } from './report-table.js';
import type { TableColumn } from './table-columns.js';

/** Longer tables run over several pages. */
const ROWS_OF_A_FLOAT = 40;

/** What a page has room for; the rest is in the CSV. */
const LEFT_OUT = /^(MB\/s|p99\.9|switches per |user time per |system time per )/;

/**
 * A table for `booktabs`: a float, or a `longtable` where a page can't hold it. Rows that agree in
 * something have it in the caption; units are aligned; why a row has no figures, which runs there
 * are, and what a page had no room for is noted below it.
 */
export function latexTable(table: ReportTable): string {
  const { shown, common } = splitColumns(table);
  const fit = fitTable(laidOut(table, shown), spared(table));
  const reasons = [...new Set(table.rows.flatMap(({ remark }) => remark ?? []))];
  const drawing = { table, columns: fit.columns, reasons };
  const caption = `${texText(captionOf(table, common))}.`;
  const label = `tab:ipcbench-${commandName(table.pattern).toLowerCase()}`;
  const notes = [...noteLines(reasons), ...tableNotes(table, fit)];
  const parts = { drawing, caption, label, notes, fit };
  return table.rows.length > ROWS_OF_A_FLOAT ? longTable(parts) : floatTable(parts);
}

/** Columns without which a table is still one, the least important one first. */
function spared({ pattern, cpu }: ReportTable): string[] {
  return ['p99', operationWords(pattern).rate.name, cpu.name, 'trials'];
}

interface Drawing {
  readonly table: ReportTable;
  readonly columns: readonly LatexColumn[];
  readonly reasons: readonly string[];
}

interface Parts {
  readonly drawing: Drawing;
  readonly caption: string;
  readonly label: string;
  /** Below the table. */
  readonly notes: readonly string[];
  readonly fit: FittedTable;
}

function laidOut({ cpu }: ReportTable, shown: readonly TableColumn[]): LatexColumn[] {
  const kept = shown.filter(({ name }) => !LEFT_OUT.test(name));
  const trials = kept.findIndex(({ name }) => name === 'trials');
  const at = trials < 0 ? kept.length : trials;
  return [...kept.slice(0, at), cpu, ...kept.slice(at)].map((column) => ({
    column,
    span: spanOf(column),
  }));
}

/** Number, unit, interval; number and unit; or one. */
function spanOf({ kind, cells }: TableColumn): 1 | 2 | 3 {
  if (kind === 'place') return 1;
  if (cells.some((text) => medianParts(text) !== null)) return 3;
  return cells.some((text) => (numberParts(plainFigure(text))?.unit ?? '') !== '') ? 2 : 1;
}

function specOf(columns: readonly LatexColumn[]): string {
  const specs = columns.map(({ column, span }) => {
    if (span === 3) return 'r@{\\,}l@{\\enspace}l';
    if (span === 2) return 'r@{\\,}l';
    return column.align === 'right' ? 'r' : 'l';
  });
  return `@{}${specs.join('')}@{}`;
}

function captionOf({ title, pattern }: ReportTable, common: readonly string[]): string {
  const sameIn = common.length === 0 ? '' : `; ${common.join(', ')}`;
  return `${pattern.charAt(0).toUpperCase()}${pattern.slice(1)}: ${title}${sameIn}. Medians with 95 % confidence intervals`;
}

function headLines(columns: readonly LatexColumn[]): string[] {
  const heads = columns.map(({ column, span }) =>
    span === 3 ? column.heading.filter((line) => line !== '[95 % CI]') : column.heading,
  );
  const depth = Math.max(...heads.map(({ length }) => length));
  return Array.from({ length: depth }, (_, line) => {
    const cells = columns.map((one, i) => {
      const head = heads[i] ?? [];
      const text = texText(head[line - (depth - head.length)] ?? '');
      return headCell(one, text, { last: i === columns.length - 1, lowest: line === depth - 1 });
    });
    return `${cells.join(' & ')} \\\\`;
  });
}

function headCell(
  { column, span }: LatexColumn,
  text: string,
  { last, lowest }: { readonly last: boolean; readonly lowest: boolean },
): string {
  if (span === 3) return `\\multicolumn{2}{r}{${text}} & ${lowest ? '[95\\,\\% CI]' : ''}`;
  // There is no space at the outer edge.
  const edge = last ? '@{}' : '';
  if (span === 2) return `\\multicolumn{2}{r${edge}}{${text}}`;
  return column.align === 'right' ? `\\multicolumn{1}{r${edge}}{${text}}` : text;
}

function bodyLines({ table, columns, reasons }: Drawing): string[] {
  const first = columns.findIndex(({ column }) => column.kind === 'figure');
  const width = columns.slice(first).reduce((sum, { span }) => sum + span, 0);
  return table.rows.map(({ remark, cell }, row) => {
    const upTo = remark === null ? columns.length : first;
    const cells = columns.slice(0, upTo).map((one) => cellText(one, row));
    if (remark !== null) {
      const what = cell.status === 'unavailable' ? 'not available' : 'failed';
      const mark = `\\textsuperscript{${letter(reasons.indexOf(remark))}}`;
      cells.push(`\\multicolumn{${width}}{l@{}}{\\emph{${what}}${mark}}`);
    }
    // A bracket after the end of a row would be taken for its argument.
    return `${cells.join(' & ').replace(/^\[/, '{}[')} \\\\`;
  });
}

function cellText({ column, span }: LatexColumn, row: number): string {
  const whole = column.cells[row] ?? '';
  const text = plainFigure(whole);
  if (span === 1) return texText(text);
  const median = medianParts(text);
  const parts = numberParts(median?.value ?? text);
  const pair =
    parts === null
      ? `${texText(text)} & `
      : `${parts.number} & ${parts.unit}${isMarked(whole) ? '\\rlap{*}' : ''}`;
  if (span === 2) return pair;
  const ends = median?.ends ?? null;
  return `${pair} & ${ends === null ? '' : `[${texText(ends[0])}, ${texText(ends[1])}]`}`;
}

function noteLines(reasons: readonly string[]): string[] {
  return reasons.map((reason, i) => `\\textsuperscript{${letter(i)}}~${texText(reason)}.`);
}

function tableNotes(table: ReportTable, { leftOut }: FittedTable): string[] {
  const runs = lettersNote(table);
  return [
    ...(runs === '' ? [] : [`${texText(runs)}.`]),
    ...(leftOut.length === 0
      ? []
      : [`Left out for want of width: ${texText(leftOut.join(', '))}.`]),
  ];
}

function floatTable({ drawing, caption, label, notes, fit }: Parts): string {
  return [
    '\\begin{table}[htbp]',
    '  \\centering',
    `  ${fit.font}`,
    ...gapLines(fit).map((line) => `  ${line}`),
    '  \\setlength{\\belowcaptionskip}{6pt}',
    `  \\caption{${caption}}`,
    `  \\label{${label}}`,
    `  \\begin{tabular}{${specOf(fit.columns)}}`,
    '    \\toprule',
    ...headLines(drawing.columns).map((line) => `    ${line}`),
    '    \\midrule',
    ...bodyLines(drawing).map((line) => `    ${line}`),
    '    \\bottomrule',
    '  \\end{tabular}',
    ...(notes.length === 0
      ? []
      : [
          '',
          '  \\medskip',
          '  \\begin{minipage}{\\linewidth}\\footnotesize\\raggedright',
          ...notes.map((line) => `    ${line}\\par`),
          '  \\end{minipage}',
        ]),
    '\\end{table}',
    '',
  ].join('\n');
}

/** The room between columns, where it isn't the usual one. */
function gapLines({ gapPt }: FittedTable): string[] {
  return gapPt === 6 ? [] : [`\\setlength{\\tabcolsep}{${gapPt}pt}`];
}

function longTable({ drawing, caption, label, notes, fit }: Parts): string {
  const head = headLines(drawing.columns);
  return [
    `{${fit.font}\\setlength{\\LTcapwidth}{0.9\\linewidth}`,
    ...gapLines(fit),
    `\\begin{longtable}{${specOf(fit.columns)}}`,
    `  \\caption{${caption}}\\label{${label}} \\\\`,
    '  \\toprule',
    ...head.map((line) => `  ${line}`),
    '  \\midrule',
    '  \\endfirsthead',
    '  \\toprule',
    ...head.map((line) => `  ${line}`),
    '  \\midrule',
    '  \\endhead',
    '  \\bottomrule',
    '  \\endlastfoot',
    ...bodyLines(drawing).map((line) => `  ${line}`),
    '\\end{longtable}',
    ...(notes.length === 0
      ? []
      : ['{\\footnotesize\\raggedright', ...notes.map((line) => `${line}\\par`), '}']),
    '}',
    '',
  ].join('\n');
}
