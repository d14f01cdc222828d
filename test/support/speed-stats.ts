import type { ProcessStats } from '../../src/runner/fast-sockets-stats.js';

/** What a process with one accelerated connection says, unless told otherwise. */
export function makeStats(changes: Partial<ProcessStats> = {}): ProcessStats {
  return {
    pid: 1,
    program: 'program',
    accelerated: 1,
    passed: {},
    retreated: {},
    bytes: { ring_sent: 1e9, ring_received: 1e9, kernel_sent: 0, kernel_received: 0 },
    wakeups_sent: 7,
    ...changes,
  };
}
