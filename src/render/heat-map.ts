import { operationTimes } from '../store/operation.js';
import type { CellResult } from '../store/schema.js';
import { groupBy } from './group.js';
import { operationWords } from './operation-words.js';
import { placeText } from './place.js';
import { durationUnit, halfWidth, inDurationUnit, lastPlace } from './quantity.js';
import type { Style } from './style.js';

/** A matrix of more pairs than this has only its extremes as rows of the table. */
const ROWS_AT_MOST = 4;
/** Pairs that differ by less than this factor look alike. */
const LEAST_CONTRAST = 1.1;
const DIGITS = 3;
const GAP = '  ';

/** The cells that are rows of the table: of a large matrix the fastest and the slowest pair. */
export function rowsShown(cells: readonly CellResult[]): CellResult[] {
  const hidden = new Set(
    [...matricesOf(cells)]
      .filter((matrix) => matrix.length > ROWS_AT_MOST)
      .flatMap((matrix) => {
        const telling = new Set([...extremes(matrix), ...firstOfEachReason(matrix)]);
        return matrix.filter((cell) => !telling.has(cell));
      }),
  );
  return cells.filter((cell) => !hidden.has(cell));
}

/**
 * A map for each matrix of processors: the client's down, the server's across, the median in
 * each field, shaded from the fastest to the slowest pair by its logarithm.
 *
 * @param width columns of the terminal; a wider map is drawn in pieces
 */
export function renderHeatMaps(
  cells: readonly CellResult[],
  width: number,
  style: Style,
): string[] {
  return [...matricesOf(cells)]
    .filter((matrix) => extremes(matrix).length > 0)
    .map((matrix) => heatMap(matrix, width, style));
}

/** Cells of placement `all` that differ in nothing but their processors. */
function matricesOf(cells: readonly CellResult[]): Iterable<CellResult[]> {
  const paired = cells.filter(
    ({ placement, client_cpu: client, server_cpu: server }) =>
      placement === 'all' && client !== null && server !== null,
  );
  return groupBy(paired, ({ probe, size_bytes, parameters, options, wait }) =>
    JSON.stringify([probe, size_bytes, parameters, options, wait]),
  ).values();
}

function extremes(matrix: readonly CellResult[]): CellResult[] {
  const rising = matrix
    .filter((cell) => operationTimes(cell) !== null)
    .sort((a, b) => medianOf(a) - medianOf(b));
  return rising.slice(0, 1).concat(rising.slice(1).slice(-1));
}

function firstOfEachReason(matrix: readonly CellResult[]): CellResult[] {
  const without = matrix.filter((cell) => operationTimes(cell) === null);
  return [...groupBy(without, ({ reason }) => String(reason)).values()].flatMap((group) =>
    group.slice(0, 1),
  );
}

function medianOf(cell: CellResult): number {
  return operationTimes(cell)?.median ?? Number.NaN;
}

function heatMap(matrix: readonly CellResult[], width: number, style: Style): string {
  const [fastest, slowest = fastest] = extremes(matrix).map(medianOf) as [number, number?];
  const unit = durationUnit(fastest);
  const fields = new Map(
    matrix.map((cell) => {
      const level = shade(medianOf(cell), fastest, slowest);
      return [key(cell.client_cpu, cell.server_cpu), { text: fieldText(cell, unit), level }];
    }),
  );
  const clients = numbers(matrix.map((cell) => cell.client_cpu));
  const servers = numbers(matrix.map((cell) => cell.server_cpu));
  const texts = [...fields.values()].map(({ text }) => text);
  const wide = Math.max(...[...texts, ...servers.map(String)].map((text) => [...text].length));
  const label = Math.max(...clients.map((cpu) => String(cpu).length));
  const field = (client: number, server: number) => {
    const { text, level } = fields.get(key(client, server)) ?? { text: '', level: null };
    const padded = GAP + text.padStart(wide);
    return level === null ? padded : style.shade(padded, level);
  };
  const fitting = Math.floor((width - label) / (wide + GAP.length));
  const perPiece = Math.min(Math.max(1, fitting), servers.length);
  const pieces = inPieces(servers, perPiece).map((some) =>
    [
      ' '.repeat(label) + some.map((cpu) => GAP + String(cpu).padStart(wide)).join(''),
      ...clients.map((client) => {
        const line = some.map((server) => field(client, server)).join('');
        return (String(client).padStart(label) + line).trimEnd();
      }),
    ].join('\n'),
  );
  return [title(matrix, unit), ...pieces].join('\n\n');
}

function title(matrix: readonly CellResult[], unit: ReturnType<typeof durationUnit>): string {
  const [cell] = matrix as [CellResult];
  const what = placeText({ ...cell, placement: '' });
  const median = operationWords(cell.pattern).median;
  return `${cell.probe}, ${what}: ${median} in ${unit.name} (client’s processor down, server’s across)`;
}

function fieldText(cell: CellResult, unit: ReturnType<typeof durationUnit>): string {
  const times = operationTimes(cell);
  if (times === null) return 'n/a';
  return inDurationUnit(times.median, lastPlace(times.median, halfWidth(times.ci95), DIGITS), unit);
}

/** From 0 for the fastest to 1 for the slowest; null where there is no figure. */
function shade(median: number, fastest: number, slowest: number): number | null {
  if (Number.isNaN(median)) return null;
  if (!(fastest > 0)) return 0;
  return Math.log(median / fastest) / Math.log(Math.max(slowest / fastest, LEAST_CONTRAST));
}

function key(client: number | null, server: number | null): string {
  return `${client},${server}`;
}

function numbers(cpus: readonly (number | null)[]): number[] {
  return [...new Set(cpus.filter((cpu) => cpu !== null))].sort((a, b) => a - b);
}

function inPieces<T>(items: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, i) =>
    items.slice(i * length, (i + 1) * length),
  );
}
