import { at, COUNTERS_LAYOUT } from './page-layout.js';
import { COUNTER_NAMES, type CounterName, type PeerCounters } from './types.js';

/** `COUNTERS_NOT_ASKED` */
const NOT_ASKED = -1;

/** One event as the kernel gave it. */
interface Count {
  readonly value: number;
  readonly enabledNs: number;
  readonly runningNs: number;
}

/**
 * Decodes what a peer counted: the `struct page_counters` at `base`. Null when it was not asked to.
 */
export function peerCounters(view: DataView, base: number): PeerCounters | null {
  const field = (name: string) => base + at(name, COUNTERS_LAYOUT);
  const error = view.getInt32(field('error'), true);
  if (error === NOT_ASKED) return null;
  const opened = view.getUint32(field('opened'), true);
  const word = (name: string, event: number) =>
    Number(view.getBigUint64(field(name) + event * 8, true));
  const counts = COUNTER_NAMES.map((_, event): Count | null => {
    if (((opened >>> event) & 1) === 0) return null;
    return {
      value: word('values', event),
      enabledNs: word('enabled_ns', event),
      runningNs: word('running_ns', event),
    };
  });
  const values = COUNTER_NAMES.map((name, event) => [name, scaled(counts[event] ?? null)] as const);
  return {
    error,
    ...leastTime(counts),
    values: Object.fromEntries(values) as Record<CounterName, number | null>,
  };
}

/** The count that an event would have had with a hardware counter of its own all the time. */
function scaled(count: Count | null): number | null {
  if (count === null) return null;
  const { value, enabledNs, runningNs } = count;
  if (runningNs >= enabledNs) return value;
  return runningNs === 0 ? null : (value * enabledNs) / runningNs;
}

/** The times of the event that was counted for the smallest part of its time. */
function leastTime(counts: readonly (Count | null)[]): Omit<Count, 'value'> {
  const share = ({ enabledNs, runningNs }: Omit<Count, 'value'>) =>
    enabledNs === 0 ? 1 : runningNs / enabledNs;
  const known = counts.filter((count) => count !== null);
  const first = known[0] ?? { enabledNs: 0, runningNs: 0 };
  const least = known.reduce<Omit<Count, 'value'>>(
    (least, count) => (share(count) < share(least) ? count : least),
    first,
  );
  return { enabledNs: least.enabledNs, runningNs: least.runningNs };
}
