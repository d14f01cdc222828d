import { UserError } from '../errors.js';

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
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
  const match = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s)$/i.exec(text.trim());
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
