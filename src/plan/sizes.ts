import { UserError } from '../errors.js';

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

const EXAMPLES = ['Write sizes as in --size 1,64,4k,1m (k = 1024 bytes) or --size 1..1m.'];

/**
 * Reads a list of payload sizes: `1,64,4k,1m`, and `1..1m` for every power of two between.
 *
 * @returns sizes in bytes, in the order given, each once
 * @throws UserError for anything else, and for sizes outside 1 B to 1 MiB
 */
export function parseSizes(text: string): number[] {
  const sizes = text.split(',').flatMap((part) => parsePart(part.trim()));
  return [...new Set(sizes)];
}

function parsePart(part: string): number[] {
  const ends = part.split('..');
  if (ends.length === 1) return [parseSize(part)];
  if (ends.length > 2) throw new UserError(`"${part}" is not a range of sizes.`, EXAMPLES);
  const [from, to] = ends.map(parseSize) as [number, number];
  if (from > to) {
    throw new UserError(`The range "${part}" ends before it starts.`, EXAMPLES);
  }
  return [from, ...powersOfTwoBetween(from, to), ...(to > from ? [to] : [])];
}

function powersOfTwoBetween(from: number, to: number): number[] {
  const powers = [];
  for (let power = 1; power < to; power *= 2) if (power > from) powers.push(power);
  return powers;
}

function parseSize(text: string): number {
  const match = /^(\d+)([a-z]*)$/i.exec(text);
  const unit = match?.[2]?.toLowerCase();
  if (!match || unit === undefined) throw new UserError(`"${text}" is not a size.`, EXAMPLES);
  const unitBytes = UNIT_BYTES[unit];
  if (unitBytes === undefined) {
    const ambiguous = ['b', 'kb', 'mb', 'gb', 'tb'].includes(unit);
    throw new UserError(
      ambiguous
        ? `"${text}" is ambiguous: 1000 or 1024, bits or bytes?`
        : `"${text}" has the unknown unit "${match[2]}".`,
      EXAMPLES,
    );
  }
  const bytes = Number(match[1]) * unitBytes;
  if (bytes < SIZE_MIN_BYTES || bytes > SIZE_MAX_BYTES) {
    throw new UserError(`The size "${text}" is outside 1 byte to 1m (1048576 bytes).`, EXAMPLES);
  }
  return bytes;
}

/** A size as people write it, exactly: 1, 64, 4k, 1m. */
export function formatSize(bytes: number): string {
  if (bytes > 0 && bytes % (1024 * 1024) === 0) return `${bytes / (1024 * 1024)}m`;
  if (bytes > 0 && bytes % 1024 === 0) return `${bytes / 1024}k`;
  return String(bytes);
}
