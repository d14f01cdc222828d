import { UserError } from '../../errors.js';
import { medianOfTrials } from '../../stats/bootstrap.js';
import { halfWidth, lastPlace, multiple } from '../quantity.js';
import {
  dimensionsOf,
  isPublished,
  nameOf,
  type PlotCell,
  type PlotSource,
  type Spec,
} from './source.js';
import { encodings, figure, logScale } from './theme.js';

/** Operations per second by the number of clients, with what perfect scaling would be. */
export function scalingPlot(whole: PlotSource): Spec {
  const cells = whole.cells.filter(
    ({ cell, document }) => !isPublished(document) && cell.ops_per_s !== null,
  );
  const counts = [...new Set(cells.map(({ cell }) => cell.clients))].sort((a, b) => a - b);
  if (counts.length < 2) throw tooFewClients(whole);
  // The option that says how many threads there are says the same as the number of clients.
  const { labels, common } = dimensionsOf(cells, ['clients', 'threads']);
  const names = cells.map((cell, i) => nameOf(cell, labels[i] ?? ''));
  const data = cells.map((cell, i) => ({
    series: names[i] ?? '',
    clients: cell.cell.clients,
    ...rateOf(cell, i, whole.documents[0]?.run.seed ?? 0),
  }));
  const distinct = [...new Set(names)];
  const ideal = distinct.flatMap((name) => idealOf(data.filter(({ series }) => series === name)));
  const values = data.flatMap(({ rate, low, high }) => [rate, low ?? rate, high ?? rate]);
  const [{ name: unit }] = [whole.words.rate];
  const axes = {
    x: clientsAxis(counts),
    scale: logScale(values),
    title: `${capital(unit)}, all clients (logarithmic)`,
  };
  return figure(
    { ...whole, cells },
    {
      title: `${capital(unit)} by number of clients`,
      common,
      notes: [
        'Median of the trials’ rates; bars: 95 % confidence intervals over trials. Thin lines: as many times the rate of the fewest clients as there are times as many clients.',
      ],
    },
    { width: 460, height: 320, layer: layers(distinct, data, ideal, axes) },
  );
}

interface Rate {
  readonly rate: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly text: string;
}

function rateOf({ cell }: PlotCell, index: number, seed: number): Rate {
  const rates = cell.per_trial.flatMap(({ ops, window_ns: window }) =>
    ops === null || !window ? [] : [(ops * 1e9) / window],
  );
  const { median, ci95 } = medianOfTrials(rates, { seed: (seed % 2 ** 32) + index });
  const rate = median ?? cell.ops_per_s ?? 0;
  const place = lastPlace(rate, halfWidth(ci95));
  const ends = ci95 === null ? '' : ` [${ci95.map((end) => multiple(end, place)).join(' .. ')}]`;
  return {
    rate,
    low: ci95?.[0] ?? null,
    high: ci95?.[1] ?? null,
    text: multiple(rate, place) + ends,
  };
}

function idealOf(points: readonly (Rate & { series: string; clients: number })[]): object[] {
  const [first, ...others] = [...points].sort((a, b) => a.clients - b.clients);
  const last = others.at(-1);
  if (first === undefined || last === undefined) return [];
  return [first.clients, last.clients].map((clients) => ({
    ...{ series: first.series, clients },
    rate: (first.rate * clients) / first.clients,
  }));
}

function clientsAxis(counts: readonly number[]): Spec {
  const [low, high] = [counts[0] ?? 1, counts.at(-1) ?? 1];
  return {
    ...{ field: 'clients', type: 'quantitative' },
    scale: { type: 'log', base: 2, domain: [low * 0.85, high * 1.18], nice: false },
    axis: { title: 'Clients at the same time (logarithmic)', values: counts, format: 'd' },
  };
}

function layers(
  names: readonly string[],
  data: readonly object[],
  ideal: readonly object[],
  { x, scale, title }: { readonly x: Spec; readonly scale: Spec; readonly title: string },
): Spec[] {
  const { color, shape, strokeDash } = encodings(names, null, true);
  const axis = { title, format: '.2~s' };
  const y = { field: 'rate', type: 'quantitative', scale, axis };
  const low = { field: 'low', type: 'quantitative' };
  const values = { values: data };
  return [
    {
      data: { values: ideal },
      mark: { type: 'line', strokeWidth: 0.7, opacity: 0.5, clip: true },
      encoding: { x, y, color, detail: { field: 'series' } },
    },
    {
      data: values,
      mark: { type: 'rule', strokeWidth: 1.3 },
      encoding: { x, y: low, y2: { field: 'high' }, color },
    },
    {
      data: values,
      mark: { type: 'line', strokeWidth: 1.6 },
      encoding: { x, y, color, strokeDash },
    },
    {
      data: values,
      mark: { type: 'point', filled: true, size: 50, opacity: 1 },
      encoding: {
        x,
        y,
        color,
        shape,
        tooltip: [{ field: 'series' }, { field: 'clients' }, { field: 'text' }],
      },
    },
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function tooFewClients({ cells }: PlotSource): UserError {
  const one = cells[0]?.cell.clients ?? 1;
  return new UserError(
    `A figure of scaling needs two numbers of clients or more, and the result has one (${one}).`,
    ['Measure some: ipcbench run doors --threads 1,2,4,8 --wait adaptive'],
  );
}
