const UNITS: Readonly<Record<string, number>> = {
  ...{ '': 1, '%': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
  ...{ ns: 1, µs: 1e3, ms: 1e6, s: 1e9 },
  ...{ k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, x: 1 },
};

const LEADING = /^([<~]?)\s*(-?[\d.]+(?:e[+-]?\d+)?)[ \u00a0]?([A-Za-zµ%]*)/;

/**
 * What a cell of a table is sorted by: the number it begins with, its unit taken into account
 * (`5.2 µs [5.1 .. 5.3]` is 5200), or null when it begins with none.
 */
export function sortKey(text: string): number | null {
  const [, below, digits, unit] = LEADING.exec(text.trim()) ?? [];
  const factor = UNITS[unit ?? ''];
  if (digits === undefined || factor === undefined) return null;
  const value = Number(digits) * factor;
  if (!Number.isFinite(value)) return null;
  // `<0.01` comes before 0.01.
  return below === '<' ? value * 0.999 : value;
}
