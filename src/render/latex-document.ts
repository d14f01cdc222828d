import { operationTimes } from '../store/operation.js';
import type { ResultDocument } from '../store/schema.js';
import { chunked } from './chunks.js';
import { cellData, drawnRows, measuredRows, type SweepData, sweepData } from './latex-data.js';
import { latexMacros } from './latex-macros.js';
import { splitColumns } from './latex-rows.js';
import { type RunLetters, runLetters, withLetters } from './latex-runs.js';
import { latexTable } from './latex-table.js';
import { texText } from './latex-text.js';
import { operationWords } from './operation-words.js';
import { size } from './quantity.js';
import { type Report, type ReportTable, reportOf } from './report-table.js';
import { hostOf } from './tidy.js';

/** A file of the set, by its name in the folder. */
export interface LatexFile {
  readonly name: string;
  readonly text: string;
}

/** Curves that can be told apart in one figure. */
const CURVES_AT_MOST = 8;
/** Labels below an axis. */
const TICKS_AT_MOST = 8;
/** In a legend; a mark takes as much as nine characters. */
const CHARACTERS_OF_A_LINE = 100;
/** Rows of a dot plot that fit on a page. */
const DOTS_AT_MOST = 45;

/**
 * What a paper needs of results: `ipcbench-tables.tex` (booktabs), `ipcbench-macros.tex` (a command
 * for each number), `.dat` files for pgfplots, and `ipcbench.tex`, which compiles and shows them all.
 */
export function latexFiles(documents: readonly ResultDocument[]): LatexFile[] {
  const plain = reportOf(documents);
  const letters = runLetters(documents);
  const report = withLetters(plain, letters);
  const data = report.tables.flatMap((table) => [
    ...(measuredRows(table).length === 0 ? [] : [cellData(table)]),
    ...sweepData(table),
  ]);
  return [
    { name: 'ipcbench.tex', text: mainText(documents, report, letters) },
    { name: 'ipcbench-tables.tex', text: latexTables(report) },
    { name: 'ipcbench-macros.tex', text: latexMacros(plain) },
    ...data.map(({ name, text }) => ({ name, text })),
  ];
}

/** The tables alone, to be used with `\input`; they need booktabs, and longtable when they are long. */
export function renderLatexTables(documents: readonly ResultDocument[]): string {
  return latexTables(withLetters(reportOf(documents), runLetters(documents)));
}

function latexTables({ tables }: Report): string {
  if (tables.length === 0) return '% No results.\n';
  return tables.map(latexTable).join('\n');
}

const PREAMBLE = String.raw`\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern,textcomp,microtype}
\usepackage[margin=25mm]{geometry}
\usepackage{booktabs,longtable}
\usepackage{pgfplots}
\pgfplotsset{compat=1.16}
% Told apart by mark and dashes as well, for print in grey.
\pgfplotscreateplotcyclelist{ipcbench}{
  {black, mark=*},
  {blue!75!black, densely dashed, every mark/.append style={solid}, mark=square*},
  {red!75!black, densely dotted, every mark/.append style={solid}, mark=triangle*},
  {teal, dashdotted, every mark/.append style={solid}, mark=diamond*},
  {orange!85!black, mark=o},
  {violet, densely dashed, every mark/.append style={solid}, mark=square},
  {brown!80!black, densely dotted, every mark/.append style={solid}, mark=triangle},
  {gray, dashdotted, every mark/.append style={solid}, mark=diamond},
}
\input{ipcbench-macros}
`;

function mainText(
  documents: readonly ResultDocument[],
  report: Report,
  letters: RunLetters,
): string {
  return [
    PREAMBLE,
    '\\title{Interprocess communication, measured}',
    `\\author{${texText(authorText(documents))}}`,
    `\\date{${datesText(documents)}}`,
    '\\begin{document}',
    '\\maketitle',
    '',
    '\\section*{Set-up}',
    ...documents.map((document) => setUpText(document, letters)),
    '',
    '\\section*{Results}',
    '\\input{ipcbench-tables}',
    ...report.tables.flatMap(figures),
    '\\section*{How to read the figures}',
    '\\begin{itemize}\\small',
    '  \\setlength{\\itemsep}{0pt}',
    ...report.notes.map((note) => `  \\item{} ${texText(note)}`),
    '\\end{itemize}',
    '\\end{document}',
    '',
  ].join('\n');
}

function authorText(documents: readonly ResultDocument[]): string {
  const hosts = [...new Set(documents.map(({ run }) => hostOf(run) ?? 'an unknown host'))];
  return `ipcbench on ${hosts.join(', ')}`;
}

function datesText(documents: readonly ResultDocument[]): string {
  const days = documents.map(({ run }) => run.started.slice(0, 10)).sort();
  return [...new Set([days[0] ?? '', days.at(-1) ?? ''])].join(' to ');
}

function setUpText({ run, results }: ResultDocument, letters: RunLetters): string {
  const { cpu_model: model, cpus_allowed: cpus, os, kernel, distribution } = run.host;
  const machine = [
    text(model) ?? 'an unknown processor',
    ...(Array.isArray(cpus)
      ? [`${cpus.length} ${cpus.length === 1 ? 'processor' : 'processors'}`]
      : []),
    [text(os) ?? '', text(kernel) ?? ''].join(' ').trim() || 'an unknown kernel',
    ...(text(distribution) === null ? [] : [text(distribution) ?? '']),
  ].join(', ');
  const measured = results.filter(({ status }) => status === 'ok').length;
  const plan =
    run.plan === null
      ? ''
      : ` with up to ${run.plan.trials} trials of ${run.plan.duration_ns / 1e6} ms each, a trial being a fresh pair of processes`;
  const seed = run.seed === null ? '' : ` Seed ${run.seed}.`;
  const source = run.source === undefined ? '' : ` Published figures; source: ${run.source}.`;
  const name = letters.get(run.id);
  const words = `Run ${name === undefined ? '' : `${name}, `}${run.id}: ${machine}; ${measured} of ${results.length} cells measured${plan}.${seed}${source}`;
  return `\\noindent ${texText(words)}\n\n\\smallskip\\noindent{\\footnotesize\\ttfamily ${texText(run.command)}\\par}\\smallskip`;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function figures(table: ReportTable): string[] {
  const curves = sweepData(table);
  if (curves.length > 0) {
    const groups = [...chunked(curves, CURVES_AT_MOST)];
    return groups.map((group, i) => sweepFigure(table, group, partText(i, groups.length)));
  }
  const rows = drawnRows(table).length;
  const parts = Math.ceil(rows / DOTS_AT_MOST);
  const each = Math.ceil(rows / parts);
  return Array.from({ length: parts }, (_, i) =>
    dotFigure(table, [i * each, Math.min(rows, (i + 1) * each)], partText(i, parts)),
  );
}

function partText(part: number, parts: number): string {
  return parts === 1 ? '' : ` (${part + 1} of ${parts})`;
}

function sweepFigure(table: ReportTable, curves: readonly SweepData[], part: string): string {
  const plots = curves.map(
    ({ name, label }) => `    \\addplot+[error bars/.cd, y dir=both, y explicit]
      table[x=size_bytes, y=median_us, y error minus=minus_us, y error plus=plus_us]{${name}};
    \\addlegendentry{${texText(label)}}`,
  );
  const ticks = ticksOf(curves);
  const same = splitColumns(table).common.join(', ');
  return figure(
    [
      '  \\begin{tikzpicture}',
      '  \\begin{loglogaxis}[',
      '    width=\\linewidth, height=85mm, log basis x=2, cycle list name=ipcbench,',
      `    xlabel={message size}, ylabel={${axisText(table)}}, ${limits('y', table)},`,
      '    grid=major, grid style={gray!25}, mark size=1.6pt,',
      `    xtick={${ticks.join(',')}}, xticklabels={${ticks.map(size).join(',')}},`,
      '    every axis plot/.append style={thick}, error bars/error bar style={solid, thin},',
      '    legend style={font=\\footnotesize, draw=none, at={(0.5,-0.2)}, anchor=north,',
      '      /tikz/every even column/.append style={column sep=1.5em}},',
      `    legend columns=${legendColumns(curves)}, legend cell align=left]`,
      ...plots,
      '  \\end{loglogaxis}',
      '  \\end{tikzpicture}',
    ],
    `${axisText(table)} by message size${part}${same === '' ? '' : `; ${texText(same)}`}; bars: 95\\,\\% confidence intervals.`,
  );
}

/** As many names in a line as a page has room for. */
function legendColumns(curves: readonly SweepData[]): number {
  const longest = Math.max(...curves.map(({ label }) => label.length));
  return Math.max(1, Math.min(4, Math.floor(CHARACTERS_OF_A_LINE / (longest + 9))));
}

/** Room for all medians and intervals: the drawing package divides by the range, however small it is. */
function limits(axis: 'x' | 'y', table: ReportTable): string {
  const ends = drawnRows(table).flatMap(({ row: { cell } }) => {
    const times = operationTimes(cell);
    return times === null ? [] : [times.median, ...(times.ci95 ?? [])];
  });
  const us = ends.filter((ns) => ns > 0).map((ns) => ns / 1000);
  const [low, high] = us.length === 0 ? [1, 1] : [Math.min(...us), Math.max(...us)];
  return `${axis}min=${(low * 0.7).toExponential(3)}, ${axis}max=${(high * 1.4).toExponential(3)}`;
}

/** Labels that fit: of more sizes every second, third and so on. */
function ticksOf(curves: readonly SweepData[]): number[] {
  const sizes = [...new Set(curves.flatMap((curve) => curve.sizes))].sort((a, b) => a - b);
  const step = Math.ceil(sizes.length / TICKS_AT_MOST);
  return sizes.filter((_, i) => i % step === 0);
}

/** @param range of rows, from 0; the end is not in it */
function dotFigure(table: ReportTable, range: readonly [number, number], part: string): string {
  const [from, to] = range;
  const { name } = cellData(table);
  const rows = to - from;
  return figure(
    [
      '  \\begin{tikzpicture}',
      '  \\begin{semilogxaxis}[',
      `    width=${axisShare(table, range)}\\linewidth, height=${(4 + rows * 4.2).toFixed(1)}mm, scale only axis,`,
      `    ${limits('x', table)},`,
      `    y dir=reverse, ymin=${from + 0.4}, ymax=${to + 0.6}, ytick={${from + 1},...,${to}},`,
      // Labels are by position, and so only of the rows that are drawn.
      `    yticklabels={${labels(table, range)}},`,
      `    yticklabel style={font=\\footnotesize}, xlabel={${axisText(table)}},`,
      '    grid=major, grid style={gray!25}, mark size=1.6pt, tick align=outside, tick pos=left]',
      '    \\addplot[only marks, black, mark=*, error bars/.cd, x dir=both, x explicit]',
      `      table[x=median_us, y=number, x error minus=minus_us, x error plus=plus_us,`,
      `        restrict expr to domain={\\thisrow{number}}{${from + 1}:${to}}]{${name}};`,
      '  \\end{semilogxaxis}',
      '  \\end{tikzpicture}',
    ],
    `${axisText(table)}${part}; bars: 95\\,\\% confidence intervals.`,
  );
}

/** The axis' share of the line: labels of more than 36 characters take some of it. */
function axisShare(table: ReportTable, [from, to]: readonly [number, number]): string {
  const rows = drawnRows(table).slice(from, to);
  const longest = Math.max(...rows.map(({ short }) => short.length));
  return Math.min(0.6, Math.max(0.3, 0.6 - 0.011 * (longest - 36))).toFixed(2);
}

function labels(table: ReportTable, [from, to]: readonly [number, number]): string {
  const rows = drawnRows(table).slice(from, to);
  const list = rows.map(({ short }) => `{${texText(short)}}`).join(',');
  // Braces around all of a value are dropped, and those of a single label with them.
  return rows.length === 1 ? `${list},` : list;
}

function axisText({ pattern }: ReportTable): string {
  const words = operationWords(pattern).median.replace(/RTT$/, 'round-trip time');
  return `${texText(words.charAt(0).toUpperCase() + words.slice(1))} (\\textmu{}s)`;
}

function figure(lines: readonly string[], caption: string): string {
  return [
    '\\begin{figure}[htbp]',
    '  \\centering',
    ...lines,
    `  \\caption{${caption}}`,
    '\\end{figure}',
    '',
  ].join('\n');
}
