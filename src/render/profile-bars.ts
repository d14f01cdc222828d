import type { Side } from '../collect/types.js';
import type { PartName, SideProfile } from '../session/profile-types.js';
import { duration, lastPlace } from './quantity.js';
import type { Style } from './style.js';

/** What parts are called, in the order in which they are shown. */
export const PART_TITLES: Readonly<Record<PartName, string>> = {
  application: 'application (the harness)',
  'user-copy': 'bcopy in user',
  'kernel-copy': 'copy in kernel',
  syscall: 'system-call entry and exit',
  scheduler: 'scheduler and wake-up code',
  protocol: 'socket, pipe, protocol code',
  memory: 'memory management',
  spin: 'spinning for the other side',
  interrupt: 'interrupts',
  unattributed: 'unattributed',
  user: 'user',
  system: 'system',
  'wake-up': 'woken, not yet running',
  idle: 'idle',
};

const SIDE_NAMES: readonly Side[] = ['client', 'server'];
const TITLE_WIDTH = 28;
/** `  12.3 us ±4.5  45 % ` */
const FIGURE_WIDTH = 18;
const BAR_LEAST = 8;
const BAR_MOST = 30;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

interface BarOptions {
  readonly style: Style;
  readonly width: number;
  readonly elapsedNs: number;
}

/** Both sides' parts beside each other, each with a bar. */
export function partRows(
  sides: Readonly<Record<Side, SideProfile>>,
  { style, width, elapsedNs }: BarOptions,
): string[] {
  const room = Math.floor((width - TITLE_WIDTH - 2 * FIGURE_WIDTH - 4) / 2);
  const bar = Math.max(BAR_LEAST, Math.min(BAR_MOST, room));
  const column = FIGURE_WIDTH + bar + 1;
  const heading = SIDE_NAMES.map((side) => side.padStart(10).padEnd(column)).join(' ');
  const rows = shownParts(sides).map((part) => {
    const cells = SIDE_NAMES.map((side) => {
      const found = sides[side].parts.find((one) => one.part === part);
      return found ? figure(found.ns, found.share, bar, elapsedNs) : ''.padEnd(column);
    });
    const title = `  ${PART_TITLES[part].padEnd(TITLE_WIDTH)}`;
    return `${part === 'unattributed' ? style.warn(title) : title}${cells.join(' ')}`.trimEnd();
  });
  const sums = SIDE_NAMES.map((side) => {
    const { sum_ns: ns, sum_share: share } = sides[side];
    return `${time(ns, elapsedNs).padStart(10)} ${percent(share).padStart(6)}`.padEnd(column);
  });
  return [
    style.dim(`${''.padEnd(TITLE_WIDTH + 2)}${heading}`.trimEnd()),
    ...rows,
    `  ${'sum'.padEnd(TITLE_WIDTH)}${sums.join(' ')}`.trimEnd(),
    ...coverageLines(sides, style),
  ];
}

/** Parts that are nothing on both sides aren't shown. */
function shownParts(sides: Readonly<Record<Side, SideProfile>>): PartName[] {
  const all = Object.keys(PART_TITLES) as PartName[];
  return all.filter((part) =>
    SIDE_NAMES.some((side) => sides[side].parts.some((one) => one.part === part && one.ns > 0)),
  );
}

function figure(ns: number, share: number, bar: number, elapsedNs: number): string {
  const text = `${time(ns, elapsedNs).padStart(10)} ${percent(share).padStart(6)} `;
  return `${text}${drawBar(share, bar).padEnd(bar + 1)}`;
}

/** All figures of a cell to the same place: they are parts of one whole. */
function time(ns: number, elapsedNs: number): string {
  return duration(ns, lastPlace(elapsedNs, elapsedNs / 500));
}

/** A bar of so many columns at most, in eighths of one. */
export function drawBar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * columns * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function coverageLines(sides: Readonly<Record<Side, SideProfile>>, style: Style): string[] {
  const covered = SIDE_NAMES.flatMap((side) => {
    const { sample_coverage: coverage } = sides[side];
    return coverage === null ? [] : [`${side} ${percent(coverage)}`];
  });
  const chains = SIDE_NAMES.flatMap((side) =>
    sides[side].unattributed.map(
      ({ chain, share }) => `  unattributed, ${side}: ${percent(share)} ${chain}`,
    ),
  );
  return [
    ...(covered.length === 0
      ? []
      : [
          style.dim(
            `  samples stand for, of the processor time by getrusage: ${covered.join(', ')}`,
          ),
        ]),
    ...chains.map((line) => style.dim(line)),
  ];
}
