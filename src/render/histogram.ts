import type { CellHistogram } from './histogram-cells.js';
import { type Box, boxOf, type SpectrumLine, spectrum, violinOf } from './histogram-shape.js';
import { wrap } from './notes.js';
import { duration, lastPlace } from './quantity.js';
import { createStyle, type Style } from './style.js';

export interface HistogramOptions {
  /** Characters in a line; 80 unless given. */
  readonly width?: number | undefined;
  /** ANSI emphasis; off unless given. */
  readonly color?: boolean;
  /** Nothing but ASCII characters, for terminals without others. */
  readonly ascii?: boolean;
}

const WIDTH = 80;
const NARROWEST = 50;
const WIDEST = 120;
/** Steps of the axis of time: lines of the violin. */
const STEPS = 18;
/** `12.3 µs`, `0.00200 ns` */
const LABEL = 10;
const DIGITS = 3;

/** What a chart is drawn with. */
interface Glyphs {
  readonly full: string;
  /** Half of a field, its right part and its left part; '' = there are no halves. */
  readonly right: string;
  readonly left: string;
  readonly whisker: string;
  readonly box: string;
  readonly median: string;
}

const UNICODE: Glyphs = {
  full: '█',
  right: '▐',
  left: '▌',
  whisker: '│',
  box: '┃',
  median: '╋',
};
const ASCII: Glyphs = {
  full: '#',
  right: '',
  left: '',
  whisker: '|',
  box: 'H',
  median: '+',
};

/**
 * Of each cell a violin with a box plot, and its percentile spectrum; both axes of time are
 * logarithmic. Ends in a newline.
 */
export function renderHistograms(
  cells: readonly CellHistogram[],
  options: HistogramOptions = {},
): string {
  const width = Math.min(Math.max(options.width ?? WIDTH, NARROWEST), WIDEST);
  const style = createStyle(options.color ?? false);
  const glyphs = options.ascii ? ASCII : UNICODE;
  const text = cells
    .map((cell) =>
      [
        heading(cell, width, style),
        violin(cell, width, glyphs),
        spectrumChart(cell, width, glyphs),
      ].join('\n\n'),
    )
    .join('\n\n\n');
  const notes = [LEGEND, ...(cells.some(({ batch }) => batch > 1) ? [BATCHES] : [])]
    .flatMap((note) => wrap(note, width))
    .map(style.dim);
  const whole = `${[text, '', ...notes].join('\n')}\n`;
  return options.ascii ? asciiOnly(whole) : whole;
}

const LEGEND =
  'Violin: samples per step of time, on a logarithmic scale from p0.1 to p99.9. Beside it a box from p25 to p75 with the median, and whiskers from p1 to p99. Percentiles: over the samples of all trials; bars on a logarithmic scale.';
const BATCHES =
  '* Operations too short for the clock are timed in batches: a sample is the mean of a batch.';

function heading(cell: CellHistogram, width: number, style: Style): string {
  const { number, title, what, samples, trials, batch } = cell;
  const from = trials === 1 ? '1 trial' : `${trials} trials`;
  const means = batch > 1 ? `* (means of up to ${batch})` : '';
  return [
    ...wrap(`Cell ${number}: ${title}`, width).map(style.bold),
    ...wrap(`  ${what}, ${samples} samples${means} of ${from}`, width),
  ].join('\n');
}

function violin(cell: CellHistogram, width: number, glyphs: Glyphs): string {
  const { edges, counts, below, above } = violinOf(cell, STEPS);
  const box = boxOf(cell);
  const most = Math.max(...counts);
  const room = width - LABEL - 4;
  const lines = counts.map((count, i) => {
    const [low = 0, high = 0] = [edges[i], edges[i + 1]];
    const mark = boxMark(box, low, high, glyphs);
    const body = centred(most > 0 ? count / most : 0, room, glyphs);
    return `${time(Math.sqrt(low * high))}  ${mark} ${body}`.trimEnd();
  });
  return [...lines, ...beyond(below, above, cell)].join('\n');
}

/** What the axis leaves out is said in numbers. */
function beyond(below: number, above: number, { samples }: CellHistogram): string[] {
  const [under, over] = [Math.round(below), Math.round(above)];
  if (under + over === 0) return [];
  return [`${' '.repeat(LABEL)}  off the axis: ${under} below, ${over} above, of ${samples}`];
}

function boxMark(box: Box, low: number, high: number, glyphs: Glyphs): string {
  const meets = (from: number, to: number) => from < high && to >= low;
  if (box.p50 >= low && box.p50 < high) return glyphs.median;
  if (meets(box.p25, box.p75)) return glyphs.box;
  return meets(box.p1, box.p99) ? glyphs.whisker : ' ';
}

/** A bar in the middle of the room, growing to both sides alike. */
function centred(share: number, room: number, glyphs: Glyphs): string {
  const middle = Math.floor((room - 1) / 2);
  const side = share * middle;
  const whole = Math.floor(side);
  const half = side - whole >= 0.5 ? 1 : 0;
  // A step with any sample is seen.
  if (share <= 0) return '';
  const halfLeft = half === 1 ? glyphs.right : '';
  const halfRight = half === 1 ? glyphs.left : '';
  const bar = halfLeft + glyphs.full.repeat(2 * whole + 1) + halfRight;
  return ' '.repeat(middle - whole - halfLeft.length) + bar;
}

function spectrumChart(cell: CellHistogram, width: number, glyphs: Glyphs): string {
  const lines = spectrum(cell);
  const rows = lines.map((line) => ({
    percentile: percentileText(line).padStart(10),
    oneIn: (line.one_in === null ? '' : oneInText(line.one_in)).padStart(9),
    time: time(line.ns),
  }));
  const room = width - 10 - 2 - 9 - 2 - LABEL - 2;
  const bars = barsOf(lines, room, glyphs);
  const head = `${'percentile'.padStart(10)}  ${'1/(1-p)'.padStart(9)}  ${'time'.padStart(LABEL)}`;
  const body = rows.map((row, i) =>
    `${row.percentile}  ${row.oneIn}  ${row.time}  ${bars[i] ?? ''}`.trimEnd(),
  );
  return [head, ...body].join('\n');
}

/** From a single field for the smallest to the whole room for the largest, by logarithms. */
function barsOf(lines: readonly SpectrumLine[], room: number, glyphs: Glyphs): string[] {
  const logs = lines.map(({ ns }) => Math.log(Math.max(ns, 1e-3)));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  return logs.map((log) => {
    const share = high > low ? (log - low) / (high - low) : 0;
    return glyphs.full.repeat(1 + Math.round(share * (room - 1)));
  });
}

function percentileText({ percentile }: SpectrumLine): string {
  if (percentile === 0) return 'min';
  return percentile === 100 ? 'max' : String(percentile);
}

function oneInText(oneIn: number): string {
  return oneIn >= 100 ? String(Math.round(oneIn)) : String(Number(oneIn.toPrecision(DIGITS)));
}

function time(ns: number): string {
  const place = lastPlace(ns, ns * 0.005, DIGITS);
  return duration(ns, place).padStart(LABEL);
}

/** Whatever the list lacks is a question mark rather than a broken line. */
function asciiOnly(text: string): string {
  const words: Readonly<Record<string, string>> = { µ: 'u', '→': '->', '–': '-', '’': "'" };
  return text.replaceAll(/\P{ASCII}/gu, (sign) => words[sign] ?? '?');
}
