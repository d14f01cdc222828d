import type { TuneStep } from '../host/tune.js';
import { wrap } from './notes.js';
import { createStyle } from './style.js';

export interface TuneRenderOptions {
  /** Characters in a line; 80 unless given. */
  readonly width?: number | undefined;
  /** ANSI emphasis; off unless given. */
  readonly color?: boolean;
}

const WIDTH = 80;
const NARROWEST = 60;
const GAP = '  ';

/** What was done or would be, a line for each setting, ending in a newline. */
export function renderTuning(steps: readonly TuneStep[], options: TuneRenderOptions = {}): string {
  const width = Math.max(options.width ?? WIDTH, NARROWEST);
  const style = createStyle(options.color ?? false);
  const states = Math.max(...steps.map(({ state }) => state.length));
  const names = Math.max(...steps.map((step) => nameOf(step).length));
  const indent = states + names + 2 * GAP.length;
  return steps
    .map((step) => {
      const [first = '', ...rest] = wrap(textOf(step), width - indent, '');
      const state = step.state.padEnd(states);
      const told = step.state === 'failed' ? style.bad(state) : state;
      const head = [told, nameOf(step).padEnd(names), first].join(GAP);
      return [head, ...rest.map((line) => ' '.repeat(indent) + line)].join('\n');
    })
    .join('\n')
    .concat('\n');
}

function nameOf({ kind, subject }: TuneStep): string {
  return subject.startsWith('interrupt') ? subject : `${kind}, ${subject}`;
}

function textOf({ before, after, reason, state }: TuneStep): string {
  const moves = state === 'planned' || state === 'changed' || state === 'restored';
  const change = before !== null && (moves || state === 'failed') ? [`${before} to ${after}`] : [];
  return [...change, ...(reason === null ? [] : [reason])].join(': ') || 'as it was';
}
