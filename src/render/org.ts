import type { ResultDocument } from '../store/schema.js';
import { bodyRows, pipeLine, widthsOf } from './markup-table.js';
import { headingText, type ReportTable, reportOf } from './report-table.js';

/**
 * Result documents as tables of Org mode (https://orgmode.org/manual/Tables.html), one for each
 * pattern, with notes as a list. No digit that the interval doesn't bear out.
 */
export function renderOrg(documents: readonly ResultDocument[]): string {
  const { tables, notes } = reportOf(documents);
  const parts = tables.map(
    (table) => `#+CAPTION: ${escaped(`${table.pattern}: ${table.title}`)}\n${tableText(table)}`,
  );
  const list = notes.map((note) => `- ${escaped(note)}`).join('\n');
  return `${[...(parts.length === 0 ? ['No results.'] : parts), list].join('\n\n')}\n`;
}

function tableText(table: ReportTable): string {
  const head = table.columns.map((column) => escaped(headingText(column)));
  const body = bodyRows(table).map((row) => row.map(escaped));
  const widths = widthsOf([head, ...body]);
  const alignment = table.columns.map(({ align }) => (align === 'right' ? '<r>' : '<l>'));
  const line = (cells: readonly string[]) => pipeLine(cells, table.columns, widths);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('+')}|`;
  return [line(alignment), line(head), rule, ...body.map(line)].join('\n');
}

/** A bar is written as Org's entity; what could begin markup is kept apart from its word. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replaceAll('|', '\\vert{}')
    .replaceAll(/(?<=^|[\s('"{-])([*/_=~+])(?=\S)/gu, `${ZERO_WIDTH}$1`)
    .replaceAll('[[', `[${ZERO_WIDTH}[`);
}

/** Org's own way to escape markup. */
const ZERO_WIDTH = '\u200b';
