import { medianParts, plainFigure, rowNames } from './latex-rows.js';
import { commandName, texNumber, texText } from './latex-text.js';
import { headingText, type Report, type ReportTable } from './report-table.js';
import type { TableColumn } from './table-columns.js';

/**
 * A file of LaTeX commands, one for each number of the tables: `\ipcPipeOneBTwoCoresBlockMedian`.
 * Names say what the figure is and don't depend on which other cells there are, so that text
 * which uses them stands when the experiment grows. Digits as in the tables.
 */
export function latexMacros(report: Report): string {
  const taken = new Set<string>();
  const sections = report.tables.map((table) => {
    const names = rowNames(table);
    return table.rows.flatMap(({ remark }, row) => {
      if (remark !== null) return [`% ${oneLine(`${names[row]}: ${remark}`)}`];
      return [
        `% ${oneLine(names[row] ?? '')}`,
        ...figuresOf(table, row).map(({ suffix, text }) => {
          const name = unique(`ipc${commandName(names[row] ?? '')}${suffix}`, taken);
          return `\\newcommand{\\${name}}{${text}}`;
        }),
      ];
    });
  });
  return [
    '% One command for each number; digits as the intervals bear them out.',
    '% Use: \\input{ipcbench-macros}, then for example \\ipcPipeOneBTwoCoresBlockMedian{}.',
    ...sections.flat(),
    '',
  ].join('\n');
}

/** A figure of a row, and how the name of its command ends. */
interface Figure {
  readonly suffix: string;
  readonly text: string;
}

function figuresOf({ columns, cpu }: ReportTable, row: number): Figure[] {
  const figures = [...columns.filter(({ kind }) => kind === 'figure'), cpu];
  return figures.flatMap((column) => {
    const text = plainFigure(column.cells[row] ?? '');
    return text === '' ? [] : inParts(column, text);
  });
}

function inParts(column: TableColumn, text: string): Figure[] {
  const suffix = suffixOf(column);
  const median = medianParts(text);
  if (median === null) return [{ suffix, text: texNumber(text) }];
  const { value, ends } = median;
  const unit = / (\S+)$/.exec(value)?.[1] ?? '';
  const end = (number: string) => texNumber(`${number} ${unit}`.trim());
  return [
    { suffix, text: texNumber(value) },
    ...(ends === null
      ? []
      : [
          { suffix: `${suffix}Low`, text: end(ends[0]) },
          { suffix: `${suffix}High`, text: end(ends[1]) },
          {
            suffix: `${suffix}Interval`,
            text: `[${texText(ends[0])}, ${texText(ends[1])}]${unit === '' ? '' : `\\,${texText(unit)}`}`,
          },
        ]),
  ];
}

const SUFFIXES: Readonly<Record<string, string>> = {
  p99: 'PNineNine',
  'p99.9': 'PNineNineNine',
  'MB/s': 'MegabytesPerSecond',
  trials: 'Trials',
  unsent: 'Unsent',
  'median service': 'ServiceMedian',
};

/** The first column of times is the median, whatever the pattern calls its operation. */
function suffixOf(column: TableColumn): string {
  const { name } = column;
  const known = SUFFIXES[name];
  if (known !== undefined) return known;
  if (name.startsWith('median')) return 'Median';
  if (name.endsWith('/s')) return 'Rate';
  const [what] = /^(user|system|CPU|switches)/.exec(name) ?? [];
  return what === undefined
    ? commandName(headingText(column))
    : commandName(what === 'CPU' ? 'Cpu' : what);
}

/** A name that was given before gets a letter. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let i = 1; taken.has(candidate); i++) candidate = `${name}${letters(i)}`;
  taken.add(candidate);
  return candidate;
}

/** 1 is B, 25 is Z, 26 is BA. */
function letters(number: number): string {
  const rest = Math.floor(number / 26);
  return (rest > 0 ? letters(rest) : '') + String.fromCharCode(65 + (number % 26));
}

/** A comment ends with its line. */
function oneLine(text: string): string {
  return texText(text);
}
