import type { ProbeListing } from '../plan/listing.js';
import { FAMILY_TITLES } from './family.js';
import { type Column, gridWidth, type Remark, renderGrid } from './grid.js';
import { groupBy } from './group.js';
import { wrap } from './notes.js';
import { size } from './quantity.js';
import { createStyle, type Style } from './style.js';

const WIDTH = 100;
const NARROWEST = 60;
/** Columns that go where there is no room for all, in this order. */
const LEFT_OUT = ['what it is', 'sizes to', 'waits'];

/**
 * The probes as text: a table by family of what they offer and which options they take. A probe
 * that is not available says why, and what enables it.
 *
 * @param width characters in a line, at least 60
 * @param color ANSI emphasis
 */
export function renderProbeList(
  listing: readonly ProbeListing[],
  width: number = WIDTH,
  color = false,
): string {
  const lines = Math.max(width, NARROWEST);
  const style = createStyle(color);
  const families = [...groupBy(listing, (probe) => probe.family).values()];
  const rows = families.flatMap((probes, i) => [...(i > 0 ? [GAP] : []), ...familyRows(probes)]);
  const columns = fitting(columnsOf(rows), lines);
  const remarks = rows.flatMap((row, i) => remarkOf(row, i, columns, style));
  const grid = renderGrid(columns, remarks, { heading: style.bold, remark: style.warn });
  return `${grid}\n\n${ending(listing, lines)}`;
}

/** A probe, or something said of the probes around it. */
type Row =
  | { readonly probe: ProbeListing }
  | { readonly gap: true }
  | { readonly family: string }
  | { readonly options: string };

const GAP: Row = { gap: true };

function familyRows(probes: readonly ProbeListing[]): Row[] {
  const [first] = probes as [ProbeListing];
  return [
    { family: FAMILY_TITLES[first.family] },
    ...probes.map((probe) => ({ probe })),
    ...optionTexts(probes).map((options) => ({ options })),
  ];
}

function columnsOf(rows: readonly Row[]): Column[] {
  const column = (
    name: string,
    text: (probe: ProbeListing) => string,
    align: Column['align'] = 'left',
  ): Column => {
    const cells = rows.map((row) => ('probe' in row ? text(row.probe) : ''));
    return { heading: [name], name, align, cells };
  };
  return [
    column('probe', (probe) => ` ${probe.name}`),
    column('what it is', (probe) => probe.title),
    column('patterns', (probe) => (probe.patterns ?? []).join(' ')),
    column('waits', (probe) => (probe.waits ?? []).join(' ')),
    column('sizes to', ({ size_max_bytes: max }) => (max === null ? '' : size(max)), 'right'),
  ];
}

function fitting(all: readonly Column[], width: number): readonly Column[] {
  let columns = all;
  for (const name of LEFT_OUT) {
    if (gridWidth(columns) <= width) break;
    columns = columns.filter((column) => column.name !== name);
  }
  return columns;
}

function remarkOf(row: Row, index: number, columns: readonly Column[], style: Style): Remark[] {
  const at = { row: index };
  if ('family' in row) return [{ ...at, from: 0, text: row.family, style: style.bold }];
  if ('options' in row) return [{ ...at, from: 1, text: row.options, style: style.dim }];
  if ('gap' in row || row.probe.available) return [];
  const patterns = columns.findIndex(({ name }) => name === 'patterns');
  // Where there is little room, the reason takes all that there is.
  const from = columns.length === columnsOf([]).length ? patterns : 1;
  return [{ ...at, from, text: whyNot(row.probe) }];
}

function whyNot({ reason, remedy }: ProbeListing): string {
  return `not available: ${reason ?? 'no reason known'}${remedy === null ? '' : ` (${remedy})`}`;
}

/** One text for each set of options that probes of the family share. */
function optionTexts(probes: readonly ProbeListing[]): string[] {
  const taking = probes.filter((probe) => (probe.options ?? []).length > 0);
  const groups = [...groupBy(taking, (probe) => flags(probe.options ?? []))];
  return groups.map(([names, some]) => {
    const whose =
      some.length === probes.length ? '' : ` of ${some.map((it) => it.name).join(', ')}`;
    return `options${whose}: ${names}`;
  });
}

function flags(options: readonly string[]): string {
  return options.map((name) => `--${name}`).join(' ');
}

function ending(listing: readonly ProbeListing[], width: number): string {
  const available = listing.filter((probe) => probe.available).length;
  const groups = groupTexts(listing);
  return [
    ...(groups.length === 0 ? [] : [`Groups: ${groups.join('; ')}.`]),
    `${available} of ${listing.length} probes are available here. More of one: ipcbench show PROBE`,
  ]
    .flatMap((line) => wrap(line, width))
    .join('\n');
}

/** The names that stand for several probes: of those for the same ones the first suffices. */
function groupTexts(listing: readonly ProbeListing[]): string[] {
  const members = groupBy(
    listing.flatMap(({ name, aliases }) => aliases.map((alias) => ({ alias, name }))),
    ({ alias }) => alias,
  );
  const groups = new Map<string, string>();
  for (const [alias, probes] of members) {
    const names = probes.map(({ name }) => name).join(', ');
    if (probes.length > 1 && !groups.has(names)) groups.set(names, alias);
  }
  return [...groups].map(([names, alias]) => `${alias} (${names})`);
}
