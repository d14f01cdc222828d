import { UserError } from '../errors.js';
import { parseNumbers } from './lists.js';

/** Smallest and largest payload, in bytes. */
export const SIZE_MIN_BYTES = 1;
export const SIZE_MAX_BYTES = 1024 * 1024;

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  kib: 1024,
  m: 1024 * 1024,
  mib: 1024 * 1024,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tib: 1024 ** 4,
};

/** What a size is of, and how large it may be. */
export interface SizeKind {
  /** Names the value in messages. */
  readonly what: string;
  readonly maxBytes: number;
}

const PAYLOAD: SizeKind = { what: 'The size', maxBytes: SIZE_MAX_BYTES };

const EXAMPLES = ['Write sizes as in 1,64,4k,1m (k = 1024 bytes) or 1..1m.'];

/**
 * Reads a list of sizes: `1,64,4k,1m`, and `1..1m` for every power of two between.
 *
 * @param kind payloads unless told otherwise
 * @returns sizes in bytes, in the order given, each once
 * @throws UserError for anything else, and for sizes outside 1 byte to the kind's largest
 */
export function parseSizes(text: string, kind: SizeKind = PAYLOAD): number[] {
  return parseNumbers(text, kind.what, (part) => parseSize(part, kind));
}

function parseSize(text: string, { what, maxBytes }: SizeKind): number {
  const match = /^(\d+)([a-z]*)$/i.exec(text);
  const unit = match?.[2]?.toLowerCase();
  if (!match || unit === undefined)
    throw new UserError(`${what} "${text}" is not a size.`, EXAMPLES);
  const unitBytes = UNIT_BYTES[unit];
  if (unitBytes === undefined) {
    const ambiguous = ['b', 'kb', 'mb', 'gb', 'tb'].includes(unit);
    throw new UserError(
      ambiguous
        ? `${what} "${text}" is ambiguous: 1000 or 1024, bits or bytes?`
        : `${what} "${text}" has the unknown unit "${match[2]}".`,
      EXAMPLES,
    );
  }
  const bytes = Number(match[1]) * unitBytes;
  if (bytes < SIZE_MIN_BYTES || bytes > maxBytes) {
    const largest = `${formatSize(maxBytes)} (${maxBytes} bytes)`;
    throw new UserError(`${what} "${text}" is outside 1 byte to ${largest}.`, EXAMPLES);
  }
  return bytes;
}

/** A size as people write it, exactly: 1, 64, 4k, 1m. */
export function formatSize(bytes: number): string {
  if (bytes > 0 && bytes % (1024 * 1024) === 0) return `${bytes / (1024 * 1024)}m`;
  if (bytes > 0 && bytes % 1024 === 0) return `${bytes / 1024}k`;
  return String(bytes);
}
