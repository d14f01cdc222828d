import { headingText, type ReportTable } from '../report-table.js';
import type { TableColumn } from '../table-columns.js';
import { type Html, html } from './html.js';
import { sortKey } from './sort-key.js';

/** Columns with more values than these are searched, not chosen from. */
const CHOICES_AT_MOST = 40;

/**
 * A table that can be read without its script; with it, headings sort, and the controls above
 * narrow the rows by what they are about.
 *
 * @param id of the table, which its controls name
 */
export function tableHtml(table: ReportTable, id: string): Html {
  const { columns, rows } = table;
  return html`<div class="controls" data-for="${id}">
<label>Filter <input type="search" name="text" placeholder="pipe, 4 KiB …"></label>
${columns.filter(({ kind }) => kind === 'place').flatMap((column) => choice(column))}
<output class="count" aria-live="polite">${rows.length} rows</output>
</div>
<div class="scroll" tabindex="0" role="region" aria-label="${table.title}">
<table id="${id}" class="figures">
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>
${rows.map(({ remark }, row) => rowHtml(columns, row, remark))}
</tbody>
</table>
</div>`;
}

function heading(column: TableColumn): Html {
  return html`<th scope="col" class="${column.align}"><button type="button">${headingText(column)}</button></th>`;
}

/** A list of the values of a column that has several. */
function choice(column: TableColumn): Html[] {
  const values = [...new Set(column.cells)].filter((value) => value !== '');
  if (values.length < 2 || values.length > CHOICES_AT_MOST) return [];
  const sorted = values.sort((a, b) => (sortKey(a) ?? 0) - (sortKey(b) ?? 0));
  return [
    html`<label>${column.name} <select data-column="${column.name}"><option value="">all</option>${sorted.map(
      (value) => html`<option>${value}</option>`,
    )}</select></label>
`,
  ];
}

function rowHtml(columns: readonly TableColumn[], row: number, remark: string | null): Html {
  const places = columns.filter(({ kind }) => kind === 'place');
  const about = places.map(({ name, cells }) => [name, cells[row] ?? '']);
  const shown = remark === null ? columns : places;
  return html`<tr data-about="${JSON.stringify(Object.fromEntries(about))}">${shown.map((column) =>
    cellHtml(column, column.cells[row] ?? ''),
  )}${remark === null ? null : html`<td class="remark" colspan="${columns.length - places.length}">${remark}</td>`}</tr>
`;
}

function cellHtml({ align, kind }: TableColumn, text: string): Html {
  const key = kind === 'figure' || align === 'right' ? sortKey(text) : null;
  const attribute = key === null ? null : html` data-key="${key}"`;
  return html`<td class="${align}"${attribute}>${text}</td>`;
}
