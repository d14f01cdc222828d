import type { ResultDocument } from '../store/schema.js';
import { bodyRows, pipeLine, widthsOf } from './markup-table.js';
import { headingText, type ReportTable, reportOf } from './report-table.js';

/**
 * Result documents as tables of GitHub-flavoured Markdown (https://github.github.com/gfm/#tables-extension-),
 * one for each pattern, with notes as a list. No digit that the interval doesn't bear out.
 */
export function renderMarkdown(documents: readonly ResultDocument[]): string {
  const { tables, notes } = reportOf(documents);
  const parts = tables.flatMap((table) => [
    ...(tables.length > 1 ? [`### ${escaped(`${table.pattern}: ${table.title}`)}`] : []),
    tableText(table),
  ]);
  const list = notes.map((note) => `- ${escaped(note)}`).join('\n');
  return `${[...(tables.length === 0 ? ['No results.'] : parts), list].join('\n\n')}\n`;
}

function tableText(table: ReportTable): string {
  const head = table.columns.map((column) => escaped(headingText(column)));
  const body = bodyRows(table).map((row) => row.map(escaped));
  const widths = widthsOf([head, ...body]);
  const rule = table.columns.map(({ align }, i) => {
    const dashes = '-'.repeat((widths[i] ?? 0) - 1);
    return align === 'right' ? `${dashes}:` : `${dashes}-`;
  });
  return [head, rule, ...body].map((cells) => pipeLine(cells, table.columns, widths)).join('\n');
}

/** What means something in Markdown or HTML is itself; a line break would end the row. */
function escaped(text: string): string {
  return (
    text
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .trim()
      .replaceAll(/[\\`*_<>|~&$]/g, '\\$&')
      // Brackets alone are no link, and every interval has them.
      .replaceAll(/\](?=[([:])/g, '\\]')
      .replaceAll(/^[[#+-]/g, '\\$&')
  );
}
