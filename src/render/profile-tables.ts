import type { Side } from '../collect/types.js';
import type { CallRow, ModeSplit, ProfiledCell, SideProfile } from '../session/profile-types.js';
import { percent } from './profile-bars.js';
import { duration, lastPlace, size } from './quantity.js';
import type { Style } from './style.js';

type Sides = Readonly<Record<Side, SideProfile>>;

const SIDE_NAMES: readonly Side[] = ['client', 'server'];
const SOURCE_TITLES: Readonly<Record<ModeSplit['source'], string>> = {
  samples: 'samples',
  getrusage: 'getrusage',
  cycles: 'cycles:u, cycles:k',
  tracepoints: 'tracepoints',
};

/** User and system time, by each source that splits it. */
export function modeLines(sides: Sides, style: Style): string[] {
  const sources = [
    ...new Set(SIDE_NAMES.flatMap((side) => sides[side].modes.map((m) => m.source))),
  ];
  if (sources.length === 0) return [];
  const rows = sources.map((source) => {
    const cells = SIDE_NAMES.map((side) => {
      const mode = sides[side].modes.find((one) => one.source === source);
      return (mode ? modeText(mode) : 'not known').padEnd(42);
    });
    return `  ${SOURCE_TITLES[source].padEnd(20)}${cells.join('')}`.trimEnd();
  });
  const notes = sources.flatMap((source) => {
    const note = sides.client.modes.find((one) => one.source === source)?.note;
    return note ? [style.dim(`  ${SOURCE_TITLES[source]}: ${note}`)] : [];
  });
  const heading = `  ${'user + system'.padEnd(20)}${'client'.padEnd(42)}server`;
  return [style.dim(heading), ...rows, ...notes];
}

function modeText({ user_ns, system_ns, system_share }: ModeSplit): string {
  const share = `${percent(system_share)} system`;
  if (user_ns === null || system_ns === null) return share;
  return `${shortTime(user_ns)} + ${shortTime(system_ns)}, ${share}`;
}

/** From a wake-up to running. */
export function wakeUpLines(sides: Sides): string[] {
  return SIDE_NAMES.flatMap((side) => {
    const wake = sides[side].wake_ups;
    if (wake === null) return [];
    const each = `${wake.per_operation.toFixed(2)} wake-ups per operation`;
    if (wake.per_operation === 0) return [`  ${side}: ${each}`];
    return [`  ${side}: ${each}, running ${shortTime(wake.mean_ns)} later on average`];
  });
}

/** System calls per operation. */
export function callLines(sides: Sides, style: Style): string[] {
  const rows = SIDE_NAMES.flatMap((side) => sides[side].system_calls.map((row) => ({ side, row })));
  if (rows.length === 0) return [];
  const heading = ['system call', 'strace', 'bpftrace', 'time', 'copied'];
  const lines = rows.map(({ side, row }) => callText(side, row));
  return [
    style.dim(`  ${columns([`${heading[0]} per operation`, ...heading.slice(1)])}`),
    ...lines,
  ];
}

function callText(side: Side, row: CallRow): string {
  const count = (value: number | null) => (value === null ? '' : rate(value));
  const time = row.ns === null ? '' : shortTime(row.ns);
  const copied = row.copied_bytes === null ? '' : bytes(row.copied_bytes);
  const cells = [count(row.by_strace), count(row.by_bpftrace), time, copied];
  return `  ${columns([`${side} ${row.call}`, ...cells])}`.trimEnd();
}

function columns([first = '', ...rest]: readonly string[]): string {
  return first.padEnd(28) + rest.map((cell) => cell.padStart(11)).join('');
}

/** A whole number is shown as one: counts are exact. */
function rate(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}

function bytes(value: number): string {
  return Number.isInteger(value) ? size(value) : `${value.toFixed(1)} B`;
}

/** What the counters say. */
export function counterLines(sides: Sides, style: Style): string[] {
  const names = sides.client.counters.map(({ counter }) => counter);
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const values = SIDE_NAMES.map((side) => {
      const value = sides[side].counters.find(({ counter }) => counter === name)?.value;
      return value === undefined ? '' : value.toFixed(value < 100 ? 3 : 0);
    });
    return `  ${columns([name, ...values])}`;
  });
  return [style.dim(`  ${columns(['counter per operation', 'client', 'server'])}`), ...rows];
}

/** What collecting cost. */
export function overheadLines({ overhead, plain_median_ns: plain }: ProfiledCell): string[] {
  if (overhead.length === 0 || plain === null) return [];
  const rows = overhead.map(({ collector, median_ns, ratio, ratio_ci95: interval }) => {
    const change = ratio === null ? 'n/a' : signed(ratio - 1);
    const range =
      interval === null ? '' : ` [${interval.map((end) => signed(end - 1)).join(' .. ')}]`;
    return `  ${collector.padEnd(16)}${shortTime(median_ns).padStart(11)}  ${change}${range}`;
  });
  return [`  median round trip without collectors ${shortTime(plain)}; with`, ...rows];
}

function signed(change: number): string {
  return `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)} %`;
}

function shortTime(ns: number): string {
  return duration(ns, lastPlace(ns, ns / 150));
}
