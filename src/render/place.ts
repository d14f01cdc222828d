import { formatDuration } from '../plan/durations.js';
import { formatRate } from '../plan/rates.js';
import type { CellPlace } from '../store/schema.js';
import type { Column } from './grid.js';
import { size } from './quantity.js';

/** What a row is about: a cell, or a pair of cells that differ in the mechanism only. */
export type Place = Omit<CellPlace, 'clients'>;

/** Missing for a reason: the pattern has no such thing. */
const NOT_APPLICABLE = '–';

/** Options whose values are bytes. */
const BYTE_OPTIONS = new Set(['sndbuf', 'rcvbuf', 'rcvlowat', 'chunk', 'pipe-size']);
/** Options whose values are numbers. */
const NUMBER_OPTIONS = new Set([...BYTE_OPTIONS, 'descriptors', 'threads']);

/**
 * The columns that say where rows belong, without the mechanism. Parameters and options have
 * one only when a row sets them; a row that doesn't is empty there.
 */
export function placeColumns(places: readonly Place[]): Column[] {
  return [
    column('size', places, sizeText, 'right'),
    ...parameterColumns(places),
    ...optionColumns(places),
    column('placement', places, placementText),
    column('wait', places, (place) => place.wait),
  ];
}

/** The size of the payload, where the pattern has one. */
export function sizeText({ pattern, size_bytes: bytes }: Place): string {
  return pattern === 'connect' ? NOT_APPLICABLE : size(bytes);
}

/** `two-cores`; for one pair of the matrix `all 0→1`, client first. */
export function placementText({ placement, client_cpu: client, server_cpu: server }: Place) {
  const pair = placement === 'all' && client !== null && server !== null;
  return pair ? `${placement} ${client}→${server}` : placement;
}

/** What sets a place apart from others of its mechanism, in words. */
export function placeText(place: Place): string {
  const columns = placeColumns([place]);
  return columns
    .filter(({ cells: [text] }) => text !== NOT_APPLICABLE && text !== '')
    .map(({ name, cells: [text] }) => (PLAIN.has(name) ? text : `${name} ${text}`))
    .join(', ');
}

/** Columns whose values speak for themselves. */
const PLAIN = new Set(['size', 'placement', 'wait', 'arrivals']);

function parameterColumns(places: readonly Place[]): Column[] {
  type Parameters = NonNullable<Place['parameters']>;
  const optional = (
    name: string,
    text: (parameters: Parameters) => string | null,
    align: Column['align'] = 'right',
  ): Column[] => {
    const cells = places.map(({ parameters }) => (parameters && text(parameters)) ?? '');
    return cells.every((cell) => cell === '') ? [] : [{ heading: [name], name, align, cells }];
  };
  const mapped = <T>(value: T | null, text: (value: T) => string) =>
    value === null ? null : text(value);
  return [
    ...optional('reply', (asked) => mapped(asked.reply_bytes, size)),
    ...optional('server work', (asked) => mapped(asked.service_ns || null, formatDuration)),
    ...optional('asked/s', (asked) => mapped(asked.rate_per_s, formatRate)),
    ...optional('arrivals', (asked) => asked.arrivals, 'left'),
    ...optional('window', (asked) => mapped(asked.window, String)),
    ...optional('backlog', (asked) => mapped(asked.backlog, String)),
  ];
}

function optionColumns(places: readonly Place[]): Column[] {
  const names = [...new Set(places.flatMap(({ options }) => Object.keys(options)))];
  return names.map((name) => {
    const bytes = BYTE_OPTIONS.has(name);
    const align = NUMBER_OPTIONS.has(name) ? 'right' : 'left';
    const text = (value: string | undefined) => {
      if (value === undefined) return '';
      return bytes && /^\d+$/.test(value) ? size(Number(value)) : value;
    };
    // An option may have the name of what every object inherits.
    const own = ({ options }: Place) => (Object.hasOwn(options, name) ? options[name] : undefined);
    return column(name, places, (place) => text(own(place)), align);
  });
}

function column(
  name: string,
  places: readonly Place[],
  text: (place: Place) => string,
  align: Column['align'] = 'left',
): Column {
  return { heading: [name], name, align, cells: places.map(text) };
}
