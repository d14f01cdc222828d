import { isPublished, type PlotSource, type Spec } from './source.js';

/** The version that specifications are written for. */
export const VEGA_LITE_SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** Okabe & Ito's colours without the yellow, which vanishes on paper; dark and light ones alternate. */
export const COLOURS = [
  ...['#000000', '#e69f00', '#0072b2', '#56b4e9', '#d55e00', '#009e73', '#cc79a7', '#7f7f7f'],
] as const;
/** For areas: steps of lightness that grey print keeps apart. */
export const FILLS = ['#12304f', '#3f7fae', '#e9a24c', '#fbe6c8'] as const;
const SHAPES = [
  ...['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-left'],
  'triangle-right',
] as const;
const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 2, 2, 2],
  [10, 4],
  [1, 3],
];

/** Curves or points that can be told apart: each a colour, a shape and a dash of its own. */
export function encodings(
  names: readonly string[],
  title: string | null,
  withDashes: boolean,
): Spec {
  const pick = <T>(values: readonly T[], shift: number) =>
    names.map((_, i) => values[(i + Math.floor(i / 8) * shift) % values.length]);
  const legend = {
    columns: 1,
    // Dashes would fray the outlines of the marks.
    ...(withDashes && { symbolStrokeWidth: 0 }),
    symbolSize: 70,
    symbolOpacity: 1,
    symbolDash: [1, 0],
    labelLimit: 320,
    titleLimit: 320,
  };
  const channel = (range: readonly unknown[]) => ({
    ...{ field: 'series', type: 'nominal', title },
    scale: { domain: names, range },
    ...(names.length > 1 ? { legend } : { legend: null }),
  });
  return {
    color: channel(pick(COLOURS, 0)),
    shape: channel(pick(SHAPES, 1)),
    // Dashed marks in the legend would hide their shapes.
    ...(withDashes && { strokeDash: { ...channel(pick(DASHES, 1)), legend: null } }),
  };
}

/** What the text around a figure says. */
export interface Around {
  readonly title: string;
  /** What all cells agree in. */
  readonly common: readonly string[];
  /** How the intervals came about, and whatever else must be known. */
  readonly notes: readonly string[];
}

const LINE_AT_MOST = 105;

/** A whole figure: title, what is the same everywhere, notes, runs and sources, and the drawing. */
export function figure(source: PlotSource, around: Around, drawing: Spec): Spec {
  const { documents, others, pattern, reference } = source;
  const measured = documents.filter((document) => !isPublished(document));
  const lines = [
    around.common.join(' · '),
    ...around.notes,
    ...(others.length === 0
      ? []
      : [`Pattern ${pattern}; not drawn: ${others.join(', ')} (--pattern).`]),
    ...(reference
      ? ['Not drawn: null, the empty operation that others are judged by (--cell null).']
      : []),
    measured.map(({ run }) => originText(run)).join('; '),
    ...documents
      .filter(isPublished)
      .map(({ run }) => `Published: ${run.source}${machineText(run.host.machine)}.`),
  ];
  return framed(around.title, lines, drawing);
}

/** A drawing with its title and the lines below that. */
export function framed(title: string, lines: readonly string[], drawing: Spec): Spec {
  const subtitle = lines.filter((line) => line !== '').flatMap((line) => wrapped(line));
  return quotable({
    $schema: VEGA_LITE_SCHEMA,
    description: [title, ...lines].join(' '),
    title: { text: title, subtitle },
    background: 'white',
    padding: 8,
    ...drawing,
    config: CONFIG,
  });
}

/** Vega-Lite puts names into expressions between quotes, where these two end the line. */
function quotable(spec: Spec): Spec {
  return JSON.parse(JSON.stringify(spec).replaceAll(/[\u2028\u2029]/g, ' ')) as Spec;
}

function machineText(machine: unknown): string {
  return typeof machine === 'string' ? `; ${machine}` : '';
}

function originText({ id, host }: PlotSource['documents'][number]['run']): string {
  const { cpu_model: model, kernel, hostname } = host;
  const known = [hostname, model, kernel].filter((fact) => typeof fact === 'string');
  return `Run ${id}${known.length === 0 ? '' : ` (${known.join(', ')})`}`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LINE_AT_MOST) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

const FONT = 'Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif';

const CONFIG: Spec = {
  font: FONT,
  view: { stroke: '#888888' },
  title: {
    ...{ anchor: 'start', frame: 'group', fontSize: 14, fontWeight: 'bold', offset: 12 },
    ...{ subtitleFontSize: 10, subtitleColor: '#444444', subtitleLineHeight: 13 },
    subtitlePadding: 5,
  },
  axis: {
    ...{ labelFontSize: 10, titleFontSize: 11, titleFontWeight: 'normal', gridColor: '#e3e3e3' },
    ...{ domainColor: '#555555', tickColor: '#555555', labelLimit: 320 },
  },
  legend: {
    labelFontSize: 10,
    titleFontSize: 10,
    titleFontWeight: 'normal',
    symbolStrokeWidth: 1.6,
    symbolOpacity: 1,
  },
  header: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' },
};

/** A ruler of times in ns, whose labels have units. */
export function timeAxis(title: string | null, values: readonly number[], log = true): Spec {
  return {
    title,
    values: log ? decades(values) : undefined,
    labelExpr: TIME_LABEL,
    labelOverlap: true,
  };
}

/** `1 µs` of 1000. */
export const TIME_LABEL =
  "datum.value == 0 ? '0' : abs(datum.value) >= 999999999 ? format(datum.value / 1e9, '.4~g') + ' s' : abs(datum.value) >= 999999 ? format(datum.value / 1e6, '.4~g') + ' ms' : abs(datum.value) >= 999.999 ? format(datum.value / 1e3, '.4~g') + ' µs' : format(datum.value, '.4~g') + ' ns'";

/** `4 KiB` of 4096. */
export const SIZE_LABEL =
  "datum.value >= 1048576 ? format(datum.value / 1048576, '.4~g') + ' MiB' : datum.value >= 1024 ? format(datum.value / 1024, '.4~g') + ' KiB' : datum.value + ' B'";

/** A logarithmic scale that leaves some room around the values. */
export function logScale(values: readonly number[]): Spec {
  const [low, high] = range(values);
  return { type: 'log', domain: [low * 0.8, high * 1.25], nice: false };
}

/** Powers of ten within values; of few decades their doubles and fives too. */
export function decades(values: readonly number[]): number[] {
  const [low, high] = range(values).map((value, i) => value * (i === 0 ? 0.8 : 1.25)) as [
    number,
    number,
  ];
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = last - first <= 2 ? [1, 2, 3, 5, 7] : last - first <= 4 ? [1, 2, 5] : [1];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .flatMap((exponent) => steps.map((step) => Number(`${step}e${exponent}`)))
    .filter((value) => value >= low && value <= high);
}

function range(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  return positive.length === 0 ? [1, 10] : [Math.min(...positive), Math.max(...positive)];
}
