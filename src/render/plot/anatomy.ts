import { UserError } from '../../errors.js';
import { medianOfTrials } from '../../stats/bootstrap.js';
import type { CellResult } from '../../store/schema.js';
import { durationWithInterval, halfWidth, lastPlace } from '../quantity.js';
import {
  dimensionsOf,
  fastestFirst,
  nameOf,
  type PlotCell,
  type PlotSource,
  type Spec,
} from './source.js';
import { FILLS, figure, TIME_LABEL } from './theme.js';

/** Where the longest bar is more times the shortest, bars are of the same length and show shares. */
const ABSOLUTE_UP_TO = 12;

const PARTS = ['client, user', 'client, system', 'server, user', 'server, system'] as const;

/** What only collectors can tell. */
const MISSING =
  'How this time divides into copying, system-call entry, scheduling, protocol and waiting: ipcbench profile, and plot --profile.';

/** Where the processor time of an operation goes: by peer, and by user and kernel mode. */
export function anatomyPlot(whole: PlotSource): Spec {
  const cells = whole.cells.filter(({ cell }) => partsOf(cell.usage) !== null);
  if (cells.length === 0) {
    throw new UserError('There is no processor time to plot: no cell has usage figures.', [
      'Measure: ipcbench run pipe',
    ]);
  }
  const { labels, common } = dimensionsOf(cells);
  const names = cells.map((cell, i) => nameOf(cell, labels[i] ?? ''));
  const totals = cells.map((cell, i) => totalOf(cell, i));
  const sums = totals.map(({ total }) => total);
  const absolute = Math.max(...sums) <= ABSOLUTE_UP_TO * Math.min(...sums.filter((sum) => sum > 0));
  const segments = cells.flatMap((cell, i) => segmentsOf(cell, names[i] ?? '', absolute));
  const ends = totals.map((one, i) => ({
    row: names[i],
    end: absolute ? (one.high ?? one.total) : 1,
    ...one,
  }));
  const one = whole.words.one === 'trip' ? 'round trip' : whole.words.one;
  const what = `Processor time per ${one}`;
  return figure(
    { ...whole, cells },
    {
      title: `${what}, client and server together`,
      common,
      notes: [
        'At the right: total with its 95 % confidence interval over trials. The total is exact (getrusage); most kernels sample the split into user and system at the scheduler tick.',
        ...(absolute ? [] : ['Bars show shares: totals are too different for one axis.']),
        MISSING,
      ],
    },
    {
      width: 430,
      height: { step: 20 },
      encoding: {
        y: { field: 'row', type: 'nominal', sort: fastestFirst(cells, names), title: null },
      },
      layer: layers(segments, ends, absolute, what),
    },
  );
}

function layers(
  segments: readonly object[],
  ends: readonly { end: number }[],
  absolute: boolean,
  what: string,
): Spec[] {
  const most = Math.max(...ends.map(({ end }) => end));
  const x = {
    ...{ field: 'from', type: 'quantitative' },
    scale: { domain: [0, most * 1.32], nice: false },
    axis: absolute
      ? { title: what, labelExpr: TIME_LABEL, tickCount: 6 }
      : { title: `Share of ${what.toLowerCase()}`, format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] },
  };
  const legend = { orient: 'top', columns: 4, symbolType: 'square', symbolStrokeWidth: 0.6 };
  return [
    {
      data: { values: segments },
      mark: { type: 'bar', stroke: '#222222', strokeWidth: 0.6 },
      encoding: {
        ...{ x, x2: { field: 'to' } },
        color: {
          ...{ field: 'part', type: 'nominal', title: null, legend },
          scale: { domain: PARTS, range: FILLS },
        },
        tooltip: [{ field: 'row' }, { field: 'part' }, { field: 'ns', title: 'ns' }],
      },
    },
    ...(absolute
      ? [
          {
            data: { values: ends },
            mark: { type: 'rule', strokeWidth: 1.4 },
            encoding: { x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
          },
        ]
      : []),
    {
      data: { values: ends },
      mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, fontSize: 9 },
      encoding: { x: { field: 'end', type: 'quantitative' }, text: { field: 'text' } },
    },
  ];
}

type Usage = CellResult['usage'];

/** Nanoseconds per operation, in the order of `PARTS`; null where they aren't known. */
function partsOf(usage: Usage): readonly number[] | null {
  if (usage === null || usage.client.ops === 0 || usage.server.ops === 0) return null;
  return [usage.client, usage.server].flatMap(({ user_us: user, system_us: system, ops }) => [
    (user * 1000) / ops,
    (system * 1000) / ops,
  ]);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function segmentsOf({ cell }: PlotCell, row: string, absolute: boolean): object[] {
  const parts = partsOf(cell.usage) ?? [];
  const whole = absolute ? 1 : sumOf(parts);
  if (whole === 0) return [];
  return parts.map((ns, i) => {
    const from = sumOf(parts.slice(0, i)) / whole;
    return { row, part: PARTS[i], ns, from, to: from + ns / whole };
  });
}

interface Total {
  readonly total: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly text: string;
}

function totalOf({ cell, document }: PlotCell, index: number): Total {
  const total = sumOf(partsOf(cell.usage) ?? []);
  const each = cell.per_trial.flatMap(({ usage }) => {
    const parts = partsOf(usage);
    return parts === null ? [] : [sumOf(parts)];
  });
  const { ci95 } = medianOfTrials(each, { seed: ((document.run.seed ?? 0) % 2 ** 32) + index });
  const text = durationWithInterval(total, ci95, lastPlace(total, halfWidth(ci95)));
  return {
    total,
    low: ci95?.[0] ?? null,
    high: ci95?.[1] ?? null,
    text: text.replace(' [n/a]', ''),
  };
}
