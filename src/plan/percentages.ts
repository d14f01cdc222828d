import { UserError } from '../errors.js';

/**
 * Reads a percentage from 0 to 100, `2%`, as a share.
 *
 * @param what names the value in messages, for example `--noise`
 * @throws UserError for anything else
 */
export function parsePercentage(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text.trim());
  const share = Number(match?.[1]) / 100;
  if (match && share <= 1) return share;
  throw new UserError(`${what} "${text}" isn't a percentage from 0% to 100%.`, [
    `Write it as in ${what} 2% or ${what} 0.5%.`,
  ]);
}
