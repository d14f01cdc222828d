import { UserError } from '../errors.js';
import { parseNumbers } from './lists.js';

/** Requests per second that an open loop may be given. */
export const RATE_MAX = 1e9;

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6 };

const EXAMPLES = ['Write rates as in 500, 10k or 10k/s (k = 1000 requests per second).'];

/**
 * Reads a list of rates: `1000,10k/s,1m`. Unlike sizes, rates are decimal.
 *
 * @param what names the value in messages
 * @returns requests per second, whole numbers, in the order given, each once
 * @throws UserError for anything else, and for rates outside 1 to 10^9 per second
 */
export function parseRates(text: string, what: string): number[] {
  return parseNumbers(text, what, (part) => parseRate(part, what));
}

function parseRate(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)([km]?)(?:\/s)?$/i.exec(text);
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
  if (!match || unit === undefined)
    throw new UserError(`${what} "${text}" is not a rate.`, EXAMPLES);
  const perSecond = Number(match[1]) * unit;
  if (!Number.isInteger(perSecond) || perSecond < 1 || perSecond > RATE_MAX) {
    throw new UserError(
      `${what} "${text}" is not a whole number of requests from 1 to 1000m per second.`,
      EXAMPLES,
    );
  }
  return perSecond;
}

/** A rate as people write it, exactly: 500, 10k, 1m. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond % 1e6 === 0) return `${perSecond / 1e6}m`;
  if (perSecond > 0 && perSecond % 1e3 === 0) return `${perSecond / 1e3}k`;
  return String(perSecond);
}
