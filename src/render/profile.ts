import type { ProfileDocument, ProfiledCell } from '../session/profile-types.js';
import { placeText } from './place.js';
import { partRows } from './profile-bars.js';
import {
  callLines,
  counterLines,
  modeLines,
  overheadLines,
  wakeUpLines,
} from './profile-tables.js';
import { duration, lastPlace } from './quantity.js';
import { createStyle, type Style } from './style.js';

export interface ProfileOptions {
  readonly width?: number;
  readonly color: boolean;
}

const WIDTH = 100;

/** A profile for a terminal: per cell the parts of a round trip as bars, and what they rest on. */
export function renderProfile(document: ProfileDocument, options: ProfileOptions): string {
  const style = createStyle(options.color);
  const width = options.width ?? WIDTH;
  const cells = document.cells.map((cell) => cellText(cell, style, width));
  return `${[...cells, ...missingText(document, style)].join('\n\n')}\n`;
}

function cellText(cell: ProfiledCell, style: Style, width: number): string {
  const title = style.bold(`${cell.probe}, ${placeText(cell)}`);
  if (cell.sides === null || cell.elapsed_ns === null) {
    const remedy = cell.remedy === null ? '' : `; ${cell.remedy}`;
    const word = cell.status === 'unavailable' ? 'not available' : cell.status;
    return `${title}\n  ${style.bad(word)}: ${cell.reason}${remedy}`;
  }
  const sections = [
    [`${title}: ${elapsedText(cell)}`],
    partRows(cell.sides, { style, width, elapsedNs: cell.elapsed_ns }),
    modeLines(cell.sides, style),
    wakeUpLines(cell.sides),
    callLines(cell.sides, style),
    counterLines(cell.sides, style),
    overheadLines(cell),
    cell.notes.map((note) => style.warn(`  note: ${note}`)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function elapsedText({ elapsed_ns: ns, elapsed_ci95_ns: interval, trials }: ProfiledCell): string {
  const half = interval === null ? null : (interval[1] - interval[0]) / 2;
  const spread = half === null ? '' : ` ± ${duration(half, lastPlace(half, null))}`;
  const time = duration(ns ?? 0, lastPlace(ns ?? 0, half));
  return `one operation in ${time}${spread}, mean of ${trials} trial${trials === 1 ? '' : 's'}`;
}

function missingText(document: ProfileDocument, style: Style): string[] {
  const { collectors, complete } = document.profile;
  const missing = collectors
    .filter(({ used }) => !used)
    .map(({ collector, reason, remedy }) => {
      const helps = remedy === null ? '' : `\n    what helps: ${remedy}`;
      return `  ${style.warn(collector)}: not available: ${reason}${helps}`;
    });
  const interrupted = complete ? [] : [style.warn('Interrupted: not all trials were carried out.')];
  const list = missing.length === 0 ? [] : [['Not collected:', ...missing].join('\n')];
  return [...list, ...interrupted];
}
