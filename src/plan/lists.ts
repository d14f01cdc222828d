import { UserError } from '../errors.js';

/**
 * Reads a list of words: `block,spin`.
 *
 * @param known the words there are
 * @param what names the value in messages, for example `--wait`
 * @returns the words in the order given, each once
 * @throws UserError for a word that is not known
 */
export function parseWords<T extends string>(text: string, known: readonly T[], what: string): T[] {
  const words = splitList(text);
  const unknown = words.find((word) => !(known as readonly string[]).includes(word));
  if (unknown !== undefined) {
    throw new UserError(`${what} has no value "${unknown}".`, [`Choose from ${known.join(', ')}.`]);
  }
  return unique(words as T[]);
}

/**
 * Reads a list of numbers, in which `4..64` is every power of two from 4 to 64.
 *
 * @param what names the value in messages
 * @param parseOne reads a single number, and throws a UserError when it can't
 * @returns the numbers in the order given, each once
 * @throws UserError for a malformed range, and whatever `parseOne` throws
 */
export function parseNumbers(
  text: string,
  what: string,
  parseOne: (text: string) => number,
): number[] {
  return unique(splitList(text).flatMap((part) => expand(part, what, parseOne)));
}

/** The parts of a list, without the blanks around them. */
export function splitList(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** Each value once, in the order of its first occurrence. */
export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function expand(part: string, what: string, parseOne: (text: string) => number): number[] {
  const ends = part.split('..');
  if (ends.length === 1) return [parseOne(part)];
  if (ends.length > 2) {
    throw new UserError(`${what} "${part}" is not a range.`, ['Write a range as in 1..64.']);
  }
  const [from, to] = ends.map(parseOne) as [number, number];
  if (from > to) {
    throw new UserError(`${what} "${part}" ends before it starts.`, [
      'Write the smaller end first, as in 1..64.',
    ]);
  }
  return [from, ...powersOfTwoBetween(from, to), ...(to > from ? [to] : [])];
}

function powersOfTwoBetween(from: number, to: number): number[] {
  const powers = [];
  for (let power = 1; power < to; power *= 2) if (power > from) powers.push(power);
  return powers;
}
