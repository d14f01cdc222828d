import { UserError } from '../../errors.js';
import type { ProfileFile } from '../../store/profile-file.js';
import { placeText } from '../place.js';
import { PART_TITLES } from '../profile-bars.js';
import { duration, lastPlace } from '../quantity.js';
import type { Spec } from './source.js';
import { framed, TIME_LABEL } from './theme.js';

const SIDES = ['client', 'server'] as const;

/** Where the longest round trip takes more times the shortest, bars show shares. */
const ABSOLUTE_UP_TO = 12;

/**
 * A colour for each part, in the order in which parts are shown: what the program does is blue,
 * what the kernel does goes from brown to yellow, waiting is grey. Neighbours differ in lightness.
 */
const COLOURS: Readonly<Record<keyof typeof PART_TITLES, string>> = {
  application: '#12304f',
  'user-copy': '#7fb2d9',
  'kernel-copy': '#7a3b00',
  syscall: '#f2b134',
  scheduler: '#b5541c',
  protocol: '#fbd9a0',
  memory: '#5b7f3b',
  spin: '#c5dfb0',
  interrupt: '#8c4a6b',
  unattributed: '#e8b9d0',
  user: '#3f7fae',
  system: '#e9a24c',
  'wake-up': '#6f6f6f',
  idle: '#e4e4e4',
};

type Cell = ProfileFile['cells'][number];
type Profiled = Cell & {
  readonly elapsed_ns: number;
  readonly sides: NonNullable<Cell['sides']>;
};

/** The anatomy of round trips: elapsed time of client and server, part by part. */
export function profilePlot(profiles: readonly ProfileFile[]): Spec {
  const cells = profiles.flatMap(({ cells: all }) => all).filter(hasFigures);
  if (cells.length === 0) {
    throw new UserError('There is nothing to plot: no cell of the profile has figures.');
  }
  const names = uniqueNames(cells);
  const times = cells.map(({ elapsed_ns: ns }) => ns);
  const absolute = Math.max(...times) <= ABSOLUTE_UP_TO * Math.min(...times);
  const segments = cells.flatMap((cell, i) => segmentsOf(cell, names[i] ?? '', absolute));
  const parts = (Object.keys(PART_TITLES) as (keyof typeof PART_TITLES)[]).filter((part) =>
    segments.some((segment) => segment.title === PART_TITLES[part]),
  );
  const what = 'Elapsed time of a round trip';
  const x = absolute
    ? { title: what, labelExpr: TIME_LABEL, tickCount: 6 }
    : { title: `Share of the ${what.toLowerCase()}`, format: '.0%' };
  return framed(
    'The anatomy of a round trip',
    [
      'Each bar is the whole elapsed time as one side spends it. Wake-up: could have run and did not; idle: waiting for the other side.',
      ...(absolute ? [] : ['Bars show shares: times are too different for one axis.']),
      ...profiles.map(
        ({ profile }) =>
          `${profile.command}: ${profile.trials} trials per collector, seed ${profile.seed}, ${profile.kernel}${profile.complete ? '' : '; interrupted'}.`,
      ),
    ],
    {
      width: 430,
      height: { step: 20 },
      data: { values: segments },
      mark: { type: 'bar', stroke: '#222222', strokeWidth: 0.4 },
      encoding: {
        x: { field: 'from', type: 'quantitative', axis: x, scale: { nice: false } },
        x2: { field: 'to' },
        y: { field: 'row', type: 'nominal', sort: null, title: null, axis: { labelLimit: 360 } },
        color: {
          ...{ field: 'title', type: 'nominal', title: null },
          legend: { orient: 'top', columns: 3, symbolType: 'square', labelLimit: 200 },
          scale: {
            domain: parts.map((part) => PART_TITLES[part]),
            range: parts.map((part) => COLOURS[part]),
          },
        },
        tooltip: [{ field: 'row' }, { field: 'title' }, { field: 'text' }],
      },
    },
  );
}

function hasFigures(cell: Cell): cell is Profiled {
  return cell.elapsed_ns !== null && cell.sides !== null;
}

/** Two cells may be of the same place, in two profiles. */
function uniqueNames(cells: readonly Cell[]): string[] {
  const names = cells.map((cell) => `${cell.probe}, ${placeText(cell)}`);
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}

interface Segment {
  readonly row: string;
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function segmentsOf(cell: Profiled, name: string, absolute: boolean): Segment[] {
  return SIDES.flatMap((side) => {
    let end = 0;
    return cell.sides[side].parts.flatMap(({ part, ns, share }): Segment[] => {
      if (ns <= 0) return [];
      const from = end;
      end += absolute ? ns : share;
      const title = Object.hasOwn(PART_TITLES, part)
        ? PART_TITLES[part as keyof typeof PART_TITLES]
        : PART_TITLES.unattributed;
      const time = duration(ns, lastPlace(cell.elapsed_ns, cell.elapsed_ns / 500));
      const text = `${time} (${(100 * share).toFixed(1)} %)`;
      return [{ row: `${name}: ${side}`, title, from, to: end, text }];
    });
  });
}
