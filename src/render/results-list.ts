import type { SavedResult } from '../session/results-list.js';
import { type Column, renderGrid } from './grid.js';
import { createStyle } from './style.js';
import type { TableOptions } from './table.js';

/** Probes that a line names. */
const NAMED_AT_MOST = 3;

/** Saved runs and baselines, one line each. Ends in a newline. */
export function renderResults(
  results: readonly SavedResult[],
  directory: string,
  options: TableOptions = {},
): string {
  if (results.length === 0) return `No results in ${directory}.\n`;
  const style = createStyle(options.color ?? false);
  const column = (
    name: string,
    text: (result: SavedResult) => string,
    align: Column['align'] = 'left',
  ): Column => ({ heading: [name], name, align, cells: results.map(text) });
  const columns = [
    column('run', ({ id, saved }) => (saved ? id : `(${id || 'unknown'})`)),
    column('started (UTC)', ({ started }) => (started ?? '').slice(0, 16).replace('T', ' ')),
    column('cells', ({ cells }) => String(cells ?? ''), 'right'),
    column('trials', ({ trials }) => String(trials ?? ''), 'right'),
    column('probes', probesText),
    column('host', ({ host }) => host ?? ''),
    column('baselines', ({ baselines }) => baselines.map((name) => `@${name}`).join(' ')),
    column('', ({ complete }) => (complete === false ? 'incomplete' : '')),
  ].filter(({ cells, name }) => name === 'run' || cells.some((cell) => cell !== ''));
  const faults = results.flatMap(({ fault }, row) =>
    fault === null ? [] : [{ row, from: 1, text: fault }],
  );
  const grid = renderGrid(columns, faults, { heading: style.bold, remark: style.warn });
  const gone = results.some(({ saved }) => !saved);
  const note = gone
    ? `\n${style.dim('In brackets: the run is gone, its baseline is kept.')}\n`
    : '';
  return `${grid}\n${note}`;
}

function probesText({ probes }: SavedResult): string {
  const shown = probes.slice(0, NAMED_AT_MOST).join(', ');
  return probes.length > NAMED_AT_MOST
    ? `${shown} and ${probes.length - NAMED_AT_MOST} more`
    : shown;
}
