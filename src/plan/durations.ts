import { UserError } from '../errors.js';

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  min: 60e9,
  h: 3600e9,
};

/**
 * Reads a duration: `500ms`, `2s`, `0.5s`, `100us`.
 *
 * @param what names the value in messages, for example `--duration`
 * @param minNs smallest allowed value, in ns
 * @param maxNs largest allowed value, in ns
 * @returns the duration in ns, a whole number
 * @throws UserError for anything else
 */
export function parseDuration(text: string, what: string, minNs: number, maxNs: number): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|min|h)$/i.exec(text.trim());
  const unitNs = UNIT_NS[match?.[2]?.toLowerCase() ?? ''];
  const hint = [`Write ${what} as a number with its unit: 100us, 500ms, 2s.`];
  if (!match || unitNs === undefined) {
    throw new UserError(`${what} "${text}" is not a duration.`, hint);
  }
  const ns = Math.round(Number(match[1]) * unitNs);
  if (ns < minNs || ns > maxNs) {
    const bounds = `${formatDuration(minNs)} to ${formatDuration(maxNs)}`;
    throw new UserError(`${what} "${text}" is outside ${bounds}.`, hint);
  }
  return ns;
}

/** A duration in its largest unit that keeps it a short number, for people. */
export function formatDuration(ns: number): string {
  if (ns >= 1e9) return `${Number((ns / 1e9).toFixed(3))}s`;
  if (ns >= 1e6) return `${Number((ns / 1e6).toFixed(3))}ms`;
  if (ns >= 1e3) return `${Number((ns / 1e3).toFixed(3))}us`;
  return `${ns}ns`;
}

/** How long something takes, in ms, for people: `9 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
