import { formatDuration, formatSpan } from '../plan/durations.js';
import { formatRate } from '../plan/rates.js';
import { formatSize } from '../plan/sizes.js';
import type { PlannedCell, PlanSummary } from '../plan/summary.js';
import { type Column, type Remark, renderGrid } from './grid.js';
import { createStyle } from './style.js';

/** Sizes beyond this many are told by their ends and their number. */
const SIZES_IN_FULL = 4;

/** Cells that differ in nothing but the size and the processors. */
interface Row {
  readonly cell: PlannedCell;
  readonly sizes: Set<number>;
  readonly pairs: Set<string>;
  count: number;
}

/** A plan that is not carried out: its rows, how many trials they make, and how long they take. */
export function renderPlan(summary: PlanSummary, options: { color?: boolean } = {}): string {
  const style = createStyle(options.color ?? false);
  const rows = mergeCells(summary.plan);
  const columns = columnsOf(rows);
  const remarks = rows.flatMap(({ cell }, row): Remark[] => {
    if (cell.unavailable === null) return [];
    return [{ row, from: columns.length - 1, text: `not available: ${cell.unavailable.reason}` }];
  });
  const grid = renderGrid(columns, remarks, { heading: style.bold, remark: style.warn });
  return `${grid}\n\n${totals(summary)}\n`;
}

function totals(summary: PlanSummary): string {
  const { cells, unavailable, duration_ns, warmup_ns, precision, max_time_ns } = summary;
  const away = unavailable === 0 ? '' : `, ${unavailable} of them not available here`;
  const trials = upTo(summary.trials, summary.max_trials, String);
  const perCell = upTo(summary.trials_per_cell, summary.max_trials_per_cell, String);
  const harness =
    summary.harness_trials === 0 ? '' : ` and ${summary.harness_trials} of the harness alone`;
  const time = upTo(summary.estimate_s, summary.estimate_max_s, (s) => formatSpan(s * 1000));
  return [
    `${cells} cells${away}; ${trials} trials, ${perCell} per cell${harness}.`,
    ...(precision === null
      ? []
      : [`${enoughText(summary)} ${Number((precision * 100).toFixed(3))} %.`]),
    ...(max_time_ns === null
      ? []
      : [
          `After ${formatSpan(max_time_ns / 1e6)} of measuring no cell that has a trial gets another.`,
        ]),
    `Each takes ${formatDuration(warmup_ns)} of warm-up and ${formatDuration(duration_ns)} of measuring: about ${time} in all.`,
    'Nothing was measured: leave out --dry-run to carry it out.',
  ].join('\n');
}

function enoughText({ precision_of }: PlanSummary): string {
  return precision_of === 'ratio'
    ? 'The cells of a size have enough when the interval of each ratio within blocks is within'
    : 'A cell has enough when the interval of its median is within';
}

function upTo(least: number, most: number, text: (value: number) => string): string {
  return least === most ? text(least) : `${text(least)} to ${text(most)}`;
}

function mergeCells(cells: readonly PlannedCell[]): Row[] {
  const rows = new Map<string, Row>();
  for (const cell of cells) {
    const { size_bytes, client_cpu, server_cpu, ...rest } = cell;
    const key = JSON.stringify(rest);
    const row = rows.get(key) ?? { cell, sizes: new Set(), pairs: new Set(), count: 0 };
    if (size_bytes !== null) row.sizes.add(size_bytes);
    row.pairs.add(`${client_cpu}-${server_cpu}`);
    row.count += 1;
    rows.set(key, row);
  }
  return [...rows.values()];
}

function columnsOf(rows: readonly Row[]): Column[] {
  const column = (
    name: string,
    text: (row: Row) => string,
    align: Column['align'] = 'left',
  ): Column => ({ heading: [name], name, align, cells: rows.map(text) });
  const details = column('parameters, options', ({ cell }) => detailsOf(cell));
  return [
    column('mechanism', ({ cell }) => cell.probe),
    column('pattern', ({ cell }) => cell.pattern),
    column('sizes', ({ sizes }) => sizesText([...sizes])),
    ...(details.cells.some((text) => text !== '') ? [details] : []),
    column('placement', placementText),
    column('wait', ({ cell }) => cell.wait),
    column('cells', ({ count }) => String(count), 'right'),
  ];
}

function sizesText(sizes: readonly number[]): string {
  if (sizes.length === 0) return '–';
  if (sizes.length <= SIZES_IN_FULL) return sizes.map(formatSize).join(', ');
  return `${formatSize(Math.min(...sizes))} .. ${formatSize(Math.max(...sizes))} (${sizes.length})`;
}

function placementText({ cell, pairs }: Row): string {
  if (cell.placement !== 'all') return cell.placement;
  return pairs.size === 1 ? 'all (1 pair)' : `all (${pairs.size} pairs)`;
}

function detailsOf({ parameters, options }: PlannedCell): string {
  const { reply_bytes, service_ns, rate_per_s, arrivals, window, backlog } = parameters;
  return [
    ...(reply_bytes === null ? [] : [`reply ${formatSize(reply_bytes)}`]),
    ...(service_ns === null ? [] : [`server work ${formatDuration(service_ns)}`]),
    ...(rate_per_s === null ? [] : [`${formatRate(rate_per_s)}/s`]),
    ...(arrivals === null ? [] : [arrivals]),
    ...(window === null ? [] : [`window ${window}`]),
    ...(backlog === null ? [] : [`backlog ${backlog}`]),
    ...Object.entries(options).map(([name, value]) => `${name}=${value}`),
  ].join(', ');
}
