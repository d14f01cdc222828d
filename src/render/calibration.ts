import type { ScriptOverhead } from '../host/script-overhead.js';
import type { CalibrationRecord } from '../store/schema.js';
import { type Column, gridWidth, renderGrid } from './grid.js';
import { renderNotes } from './notes.js';
import { atPlace, duration, lastPlace, size } from './quantity.js';
import { createStyle, type Style } from './style.js';
import { type TableOptions, widthsFor } from './table.js';

/** Digits of a median over many rounds. */
const DIGITS = 3;
/** Fields of a bar where the terminal is no wider than needed, and at most. */
const BAR_LEAST = 8;
const BAR_MOST = 40;
const GAP = 2;

const WARM = '█';
const CROSS = '░';

/**
 * What this machine's primitives cost: a table of the single ones, and the two curves of a copy
 * as figures and bars. Ends in a newline.
 *
 * @param script null = what JavaScript costs was not measured
 */
export function renderCalibration(
  calibration: CalibrationRecord,
  script: ScriptOverhead | null,
  options: TableOptions = {},
): string {
  const style = createStyle(options.color ?? false);
  const width = widthsFor(options);
  const parts = [
    costGrid(calibration, script, style),
    copyGrid(calibration.copies, Math.min(width.grid, 100), style),
    renderNotes(notesOf(calibration, script), width.notes, style),
  ];
  return `${parts.join('\n\n')}\n`;
}

function costGrid(
  calibration: CalibrationRecord,
  script: ScriptOverhead | null,
  style: Style,
): string {
  const { futex_ns: futex, ping_pong_ns: line } = calibration;
  const rows: readonly (readonly [string, number | null])[] = [
    ['reading of the clock', calibration.clock_ns],
    ['system call (getppid)', calibration.system_call_ns],
    ['cache line, to the other processor and back', line],
    ['futex hand-off there and back, one processor', futex.same_core_ns],
    ['futex hand-off there and back, two processors', futex.two_cores_ns],
    ...(script === null
      ? []
      : ([
          ['JavaScript: call of a C function (koffi)', script.ffi_call_ns],
          ['JavaScript: process.hrtime.bigint()', script.hrtime_ns],
          ['JavaScript: performance.now()', script.performance_now_ns],
        ] as const)),
  ];
  const columns: Column[] = [
    column('primitive', 'left', rows, ([name]) => name),
    column('median', 'right', rows, ([, ns]) => (ns === null ? 'n/a' : time(ns))),
  ];
  return renderGrid(columns, [], { heading: style.bold, remark: style.warn });
}

type Copies = CalibrationRecord['copies'];
type Copy = Copies[number];

function copyGrid(copies: Copies, width: number, style: Style): string {
  const figures: Column[] = [
    column('copy of', 'right', copies, ({ bytes }) => size(bytes)),
    column('warm', 'right', copies, ({ warm_ns: ns }) => time(ns)),
    column('GB/s', 'right', copies, ({ bytes, warm_ns: ns }) => rate(bytes, ns)),
    column('from the other', 'right', copies, ({ cross_ns: ns }) =>
      ns === null ? 'n/a' : time(ns),
    ),
    column('GB/s', 'right', copies, ({ bytes, cross_ns: ns }) => rate(bytes, ns)),
  ];
  const room = Math.min(Math.max(width - gridWidth(figures) - GAP, BAR_LEAST), BAR_MOST);
  const bars = barsOf(copies, room);
  const chart = column('time', 'left', bars, (bar) => bar);
  return renderGrid([...figures, chart], [], { heading: style.bold, remark: style.warn });
}

/**
 * A bar per length by the logarithm of the time: full as far as a warm copy takes, then light as
 * far as one from the other processor does.
 */
function barsOf(copies: Copies, room: number): string[] {
  const times = copies.flatMap(({ warm_ns, cross_ns }) => [warm_ns, cross_ns ?? warm_ns]);
  const logs = times.map(logOf);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const fields = (ns: number) =>
    1 + Math.round(high > low ? ((logOf(ns) - low) / (high - low)) * (room - 1) : 0);
  return copies.map(({ warm_ns, cross_ns }: Copy) => {
    const warm = fields(warm_ns);
    const cross = Math.max(warm, cross_ns === null ? 0 : fields(cross_ns));
    return WARM.repeat(warm) + CROSS.repeat(cross - warm);
  });
}

/** Shorter than a nanosecond is beyond what the clock can tell. */
function logOf(ns: number): number {
  return Math.log(Math.max(ns, 1));
}

function notesOf(
  { processors, took_ms: tookMs }: CalibrationRecord,
  script: ScriptOverhead | null,
): string[] {
  const where =
    processors.length === 0
      ? ''
      : ` on processor${processors.length > 1 ? 's' : ''} ${processors.join(' and ')}`;
  return [
    'warm: source and target in the cache of the processor’s own core. from the other: the source was just written by the other processor.',
    `Bars: time on a logarithmic scale; ${WARM} a warm copy, ${CROSS} what one from the other processor takes beyond it. GB/s: 10^9 bytes copied per second.`,
    `Medians of many rounds${where}, in ${duration(tookMs * 1e6, 8)}; n/a: there is no second processor.`,
    ...(script === null
      ? []
      : ['JavaScript: medians over batches, by mitata. None of it is in the timed path.']),
  ];
}

function column<T>(
  name: string,
  align: Column['align'],
  rows: readonly T[],
  text: (row: T) => string,
): Column {
  return { heading: [name], name, align, cells: rows.map(text) };
}

function time(ns: number): string {
  return duration(ns, Math.max(-2, lastPlace(ns, ns / 1000, DIGITS)));
}

function rate(bytes: number, ns: number | null): string {
  if (ns === null || ns === 0) return '';
  const gigabytes = bytes / ns;
  return atPlace(gigabytes, lastPlace(gigabytes, gigabytes / 1000, 2));
}
