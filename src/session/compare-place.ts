import type { Cell } from '../plan/types.js';
import type { CellResult } from '../store/schema.js';

/**
 * A cell as values by dimension: `pattern`, `size`, `placement`, `wait`, the parameters by the
 * names that documents have, and options with `option:` before theirs. Absent = not set.
 */
export type Dimensions = Readonly<Record<string, string>>;

const OPTION = 'option:';

/** Where a measured cell is. */
export function dimensionsOf(cell: CellResult): Dimensions {
  return present({
    pattern: cell.pattern,
    size: cell.size_bytes,
    placement: cell.placement,
    // Other placements mean the same on any machine; a pair of the matrix is itself.
    ...(cell.placement === 'all' && { client: cell.client_cpu, server: cell.server_cpu }),
    wait: cell.wait,
    ...cell.parameters,
    ...optionDimensions(cell.options),
  });
}

/** Where a planned cell will be: the same as `dimensionsOf` its result. */
export function plannedDimensions(cell: Cell): Dimensions {
  const { parameters } = cell;
  return present({
    pattern: cell.pattern,
    size: cell.sizeBytes,
    placement: cell.placement,
    ...(cell.placement === 'all' && { client: cell.clientCpu, server: cell.serverCpu }),
    wait: cell.wait,
    reply_bytes: parameters.replyBytes,
    service_ns: parameters.serviceNs,
    rate_per_s: parameters.rate,
    arrivals: parameters.arrivals,
    window: parameters.window,
    backlog: parameters.backlog,
    ...optionDimensions(cell.options),
  });
}

/** The name of an option's dimension. */
export function optionDimension(name: string): string {
  return OPTION + name;
}

/** Whether a dimension is an option of probes. */
export function isOption(dimension: string): boolean {
  return dimension.startsWith(OPTION);
}

/** One text for one place, whatever order its dimensions were set in. */
export function placeKey(dimensions: Dimensions): string {
  return JSON.stringify(Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A cell in words, for notes: `tcp, load, 1 B, rate_per_s=500, ready=poll, two-cores, block`. */
export function cellInWords(cell: CellResult): string {
  const { pattern, placement, client_cpu: client, server_cpu: server } = cell;
  const asked = [...sorted(cell.parameters ?? {}), ...sorted(cell.options)];
  return [
    cell.probe,
    ...(pattern === 'echo' ? [] : [pattern]),
    ...(pattern === 'connect' ? [] : [`${cell.size_bytes} B`]),
    ...asked.map(([name, value]) => `${name}=${value}`),
    placement === 'all' ? `processors ${client} and ${server}` : placement,
    cell.wait,
  ].join(', ');
}

function optionDimensions(options: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(options).map(([name, value]) => [optionDimension(name), value]);
  return Object.fromEntries(entries);
}

/** Null is as good as absent, which is what older documents have. */
function present(values: Readonly<Record<string, string | number | null>>): Dimensions {
  const entries = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function sorted(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
