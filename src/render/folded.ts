/**
 * Call chains as folded stacks: frames from the outermost to the innermost joined by `;`, a blank,
 * and a whole number (here ns), one chain per line, in the order of their names.
 */
export function renderFolded(stacks: ReadonlyMap<string, number>): string {
  const lines = [...stacks]
    .map(([chain, ns]) => [chain, Math.round(ns)] as const)
    .filter(([, ns]) => ns > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([chain, ns]) => `${chain} ${ns}\n`);
  return lines.join('');
}
