import type { CellResult, ResultDocument } from '../store/schema.js';
import { type Comparison, compareResults } from './compare.js';

/**
 * Compares the two probes of one run.
 *
 * @param a name of the first probe
 * @param b name of the second one; the same name when a probe is compared with itself
 */
export function comparePlanned(document: ResultDocument, a: string, b: string): Comparison {
  const { results, run } = document;
  const seed = run.seed ?? 0;
  if (a !== b) {
    const of = (name: string) => results.filter((cell) => cell.probe === name);
    return compareResults(of(a), of(b), { seed, labels: [a, b] });
  }
  const [first, second] = splitTwins(results);
  return compareResults(first, second, { seed, labels: [`${a} (1)`, `${b} (2)`] });
}

/** Of two cells that are the same in all, the first goes to one side, the second to the other. */
function splitTwins(cells: readonly CellResult[]): [CellResult[], CellResult[]] {
  const seen = new Set<string>();
  const sides: [CellResult[], CellResult[]] = [[], []];
  for (const cell of cells) {
    const { probe, pattern, parameters, size_bytes, wait, options } = cell;
    const { placement, client_cpu, server_cpu } = cell;
    const place = [placement, client_cpu, server_cpu];
    const key = JSON.stringify([probe, pattern, parameters, size_bytes, place, wait, options]);
    sides[seen.has(key) ? 1 : 0].push(cell);
    seen.add(key);
  }
  return sides;
}
