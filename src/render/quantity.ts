/**
 * Numbers for people: with the unit that suits them, and no digit that the
 * spread of the trials doesn't bear out.
 */

/** Digits of a figure whose spread isn't known. */
const DIGITS_WITHOUT_SPREAD = 2;
/** However narrow an interval is, a table doesn't show more. */
const DIGITS_AT_MOST = 5;

/**
 * The decimal place (as a power of ten) of the last digit worth showing: that
 * of the first digit of the uncertainty, so that only the last digit is in
 * doubt. At least one digit of the value is shown, at most five.
 *
 * @param halfWidth half an interval, in the value's unit; null or 0 = not known
 */
export function lastPlace(
  value: number,
  halfWidth: number | null,
  digitsAtMost = DIGITS_AT_MOST,
): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  const first = exponent(value);
  const finest = first - (digitsAtMost - 1);
  if (halfWidth === null || !(halfWidth > 0)) {
    return Math.max(first - (DIGITS_WITHOUT_SPREAD - 1), finest);
  }
  return Math.min(first, Math.max(exponent(halfWidth), finest));
}

/** Half the range of the trials' figures; null when fewer than two are known. */
export function halfRange(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < 2 ? null : (Math.max(...known) - Math.min(...known)) / 2;
}

/** Half the width of an interval; null stays null. */
export function halfWidth(interval: readonly [number, number] | null): number | null {
  return interval === null ? null : (interval[1] - interval[0]) / 2;
}

/**
 * An end of an interval at the place of its middle; finer where it would
 * become 0, for an interval that ends above 0 must not look as if it didn't.
 */
export function endAtPlace(end: number, place: number): string {
  return atPlace(end, end === 0 ? place : Math.min(place, exponent(end)));
}

/** What `toFixed` takes; no figure is so small that it would matter. */
const MOST_DECIMALS = 100;

/** A plain number rounded at a decimal place: (1234.5, 1) is `1230`, (1.25, -2) is `1.25`. */
export function atPlace(value: number, place: number): string {
  const decimals = Math.min(MOST_DECIMALS, Math.max(0, -place));
  return roundAt(value, Math.max(place, -MOST_DECIMALS)).toFixed(decimals);
}

/** A unit and its power of ten of the base unit. */
export interface Unit {
  readonly name: string;
  readonly exponent: number;
}

const DURATIONS: readonly Unit[] = [
  { name: 'ns', exponent: 0 },
  { name: 'µs', exponent: 3 },
  { name: 'ms', exponent: 6 },
  { name: 's', exponent: 9 },
];

const MULTIPLES: readonly Unit[] = [
  { name: '', exponent: 0 },
  { name: 'k', exponent: 3 },
  { name: 'M', exponent: 6 },
  { name: 'G', exponent: 9 },
];

/** A duration as `5.21 µs`; `place` as from `lastPlace`, in ns. */
export function duration(ns: number, place: number): string {
  const unit = unitFor(ns, place, DURATIONS);
  return `${inUnit(ns, place, unit)} ${unit.name}`;
}

/** A duration and its interval in one unit: `5.21 µs [5.18 .. 5.25]`. */
export function durationWithInterval(
  ns: number,
  interval: readonly [number, number] | null,
  place: number,
): string {
  if (interval === null) return `${duration(ns, place)} [n/a]`;
  const unit = unitFor(ns, place, DURATIONS);
  const [low, high] = interval.map((end) =>
    endAtPlace(end / 10 ** unit.exponent, place - unit.exponent),
  );
  return `${duration(ns, place)} [${low} .. ${high}]`;
}

/** The unit in which a duration is told, for several that are to have the same. */
export function durationUnit(ns: number): Unit {
  return unitFor(ns, lastPlace(ns, null), DURATIONS);
}

/** A duration in a given unit, without its name. */
export function inDurationUnit(ns: number, place: number, unit: Unit): string {
  return inUnit(ns, place, unit);
}

/** A number with a decimal multiple: `191k`, `2.04M`. */
export function multiple(value: number, place: number): string {
  const unit = unitFor(value, place, MULTIPLES);
  return inUnit(value, place, unit) + unit.name;
}

/** A size in the largest binary unit that it is a whole number of: `64 B`, `4 KiB`, `1 MiB`. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value} ${units[unit]}`;
}

function unitFor(value: number, place: number, units: readonly Unit[]): Unit {
  // By the rounded value: 999.7 ns shown to the nanosecond is 1.000 µs.
  const rounded = Math.abs(roundAt(value, place));
  return (units.findLast((unit) => rounded >= 10 ** unit.exponent) ?? units[0]) as Unit;
}

function inUnit(value: number, place: number, unit: Unit): string {
  return atPlace(value / 10 ** unit.exponent, place - unit.exponent);
}

function roundAt(value: number, place: number): number {
  // Dividing by 10^n is exact for more values than multiplying by 10^-n.
  return place >= 0
    ? Math.round(value / 10 ** place) * 10 ** place
    : Math.round(value * 10 ** -place) / 10 ** -place;
}

/** Place of the first digit: floor(log10), right also next to powers of ten. */
function exponent(value: number): number {
  return Number(Math.abs(value).toExponential().split('e')[1]);
}
