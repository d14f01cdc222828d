import { type CallCounts, type CallFigures, EDGE_CALL } from './system-calls.js';
import { bySide, type Side } from './types.js';

/** ` 2404  read(0x4, 0x7f..., 0x1) = 0x1`, or its begin: `... <unfinished ...>`. */
const CALL = /^(\d+) +(\w+)\(/;

/** Threads of each side. */
export type Threads = Readonly<Record<Side, readonly number[]>>;

/**
 * Reads the log of `strace -f -e raw=all -e signal=none`: the calls of each side between its first
 * and its second getrusage(2). A call counts where it begins.
 *
 * @throws Error when a window was not seen from edge to edge
 */
export function parseStraceLog(text: string, threads: Threads): CallFigures {
  const windows = bySide(() => new CallWindow());
  const owner = new Map<number, CallWindow>();
  for (const side of ['client', 'server'] as const) {
    for (const tid of threads[side]) owner.set(tid, windows[side]);
  }
  for (const line of text.split('\n')) {
    const [, tid, name] = CALL.exec(line) ?? [];
    if (tid !== undefined && name !== undefined) owner.get(Number(tid))?.add(name);
  }
  return { calls: bySide((side) => windows[side].counts(side)) };
}

/** Counts between the edges. */
class CallWindow {
  readonly #counts: Record<string, number> = {};
  #edges = 0;

  add(name: string): void {
    if (name === EDGE_CALL) this.#edges += 1;
    else if (this.#edges === 1) this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  counts(side: Side): CallCounts {
    if (this.#edges < 2) throw new Error(`strace did not see the whole window of the ${side}`);
    return this.#counts;
  }
}
