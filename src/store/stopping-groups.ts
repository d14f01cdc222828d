import type { CellHead } from './cell-figures.js';
import type { RunHead } from './run-document.js';
import { HARNESS_TRIALS_MOST, type StoppingRules } from './stopping.js';

/** What of a run says when its cells have enough trials. */
export type StoppingHead = Pick<RunHead, 'cells' | 'harness'> & {
  readonly run: Pick<RunHead['run'], 'plan'>;
};

/** Cells that stop together, by their indexes. */
export interface StoppingGroup {
  readonly cells: readonly number[];
  readonly rules: StoppingRules;
}

/**
 * The cells of a plan by what stops together. Each stops alone, unless the target precision is that
 * of ratios: then those of one pattern and size go on until all have enough, since a block that
 * lacks one of them compares nothing.
 */
export function stoppingGroups(head: StoppingHead): StoppingGroup[] {
  const together = head.run.plan.precision_of === 'ratio';
  const groups = new Map<string, number[]>();
  for (const [index, cell] of head.cells.entries()) {
    const alone = !together || isHidden(head, index) || cell.unavailable !== null;
    const key = alone ? String(index) : rivalsKey(cell);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()].map((cells) => ({
    cells,
    rules: stoppingRules(head, cells[0] as number),
  }));
}

/** When a cell of a plan has enough trials; the harness's own needs few. */
export function stoppingRules(
  head: Pick<StoppingHead, 'harness' | 'run'>,
  index: number,
): StoppingRules {
  const { trials, min_trials, precision } = head.run.plan;
  const minTrials = min_trials ?? trials;
  const few = Math.min(minTrials, HARNESS_TRIALS_MOST);
  return isHidden(head, index)
    ? { minTrials: few, maxTrials: few, precision: null }
    : { minTrials, maxTrials: trials, precision: precision ?? null };
}

function isHidden({ harness }: Pick<StoppingHead, 'harness'>, index: number): boolean {
  return harness?.cell === index && !harness.shown;
}

function rivalsKey({ pattern, size_bytes }: CellHead): string {
  return `${pattern} ${size_bytes}`;
}
