import { type CallFigures, EDGE_CALL } from './system-calls.js';
import { bySide, type Side } from './types.js';

/** What DTrace saw of one side in its window. */
export interface DtraceSide {
  readonly windowNs: number;
  readonly onNs: number;
  readonly runnableNs: number;
  readonly wakeups: number;
  readonly wakeupNs: number;
  readonly callNs: Readonly<Record<string, number>>;
}

export interface DtraceFigures extends CallFigures {
  readonly sides: Record<Side, DtraceSide>;
}

/**
 * Reads what native/dtrace/anatomy.d writes: `name pid [call] value` per line.
 *
 * @throws Error when a window was not seen from edge to edge
 */
export function parseDtrace(text: string, pids: Readonly<Record<Side, number>>): DtraceFigures {
  const rows = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length >= 3);
  const sum = (name: string, pid: number) =>
    Number(rows.find(([key, of]) => key === name && of === String(pid))?.[2] ?? 0);
  const byCall = (name: string, pid: number): Record<string, number> =>
    Object.fromEntries(
      rows
        .filter(([key, of, call]) => key === name && of === String(pid) && call !== EDGE_CALL)
        .map(([, , call = '', value]) => [call, Number(value)]),
    );
  return {
    sides: bySide((side) => {
      const windowNs = sum('window_ns', pids[side]);
      if (windowNs === 0) throw new Error(`dtrace did not see the whole window of the ${side}`);
      return {
        windowNs,
        onNs: sum('on_ns', pids[side]),
        runnableNs: sum('runnable_ns', pids[side]),
        wakeups: sum('wakeups', pids[side]),
        wakeupNs: sum('wakeup_ns', pids[side]),
        callNs: byCall('call_ns', pids[side]),
      };
    }),
    calls: bySide((side) => byCall('calls', pids[side])),
  };
}
