import { type CallFigures, EDGE_CALL, systemCallName } from './system-calls.js';
import { bySide, type ModeTimes, type Side } from './types.js';

/** A bucket of bpftrace's histograms by powers of two. */
export interface LatencyBucket {
  readonly fromNs: number;
  readonly toNs: number;
  readonly count: number;
}

/** What the tracepoints saw of one side in its window. */
export interface TracedSide extends ModeTimes {
  readonly windowNs: number;
  /** On the processor, over all threads; `userNs` + `systemNs`. */
  readonly onNs: number;
  /** Could have run and did not: after a wake-up, or put off. */
  readonly runnableNs: number;
  readonly putOffNs: number;
  readonly wakeups: number;
  /** From the decision to wake to running. */
  readonly wakeupNs: number;
  readonly wakeupLatency: readonly LatencyBucket[];
  /** Time inside system calls, waiting included, by name. */
  readonly callNs: Readonly<Record<string, number>>;
  /** Bytes that system calls moved between the program and the kernel, by name. */
  readonly copiedBytes: Readonly<Record<string, number>>;
}

export interface TraceFigures extends CallFigures {
  readonly sides: Record<Side, TracedSide>;
}

/** Calls whose result is the bytes that were copied. */
const COPYING = new Set([
  ...['read', 'write', 'readv', 'writev', 'pread64', 'pwrite64', 'sendto', 'recvfrom'],
  ...['sendmsg', 'recvmsg', 'msgrcv', 'mq_timedreceive', 'process_vm_readv', 'process_vm_writev'],
]);
/** Calls that are told how many bytes to copy, as their third argument, and don't repeat it. */
const COPYING_BY_ARGUMENT = new Set(['msgsnd', 'mq_timedsend']);

type Scalars = Readonly<Record<string, number>>;
type Bucket = { readonly min?: number; readonly max?: number; readonly count: number };

/** What bpftrace printed at its end, by the map's name. */
class Maps {
  readonly #maps = new Map<string, Scalars>();
  readonly #histograms = new Map<string, Readonly<Record<string, readonly Bucket[]>>>();

  constructor(text: string) {
    for (const line of text.split('\n').filter((one) => one.startsWith('{'))) {
      const { type, data } = JSON.parse(line) as { type: string; data: object };
      const known = { map: this.#maps, hist: this.#histograms }[type] as Map<string, object>;
      for (const [name, values] of Object.entries(data)) known?.set(name, values);
    }
  }

  /** A sum by process. */
  sum(name: string, pid: number): number {
    return this.#maps.get(name)?.[String(pid)] ?? 0;
  }

  /** Sums by process and system call. */
  byCall(name: string, pid: number, arch: string): Record<string, number> {
    const entries = Object.entries(this.#maps.get(name) ?? {}).flatMap(([key, value]) => {
      const [owner, number] = key.split(',').map(Number);
      return owner === pid ? [[systemCallName(number ?? -1, arch), value] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  histogram(name: string, pid: number): readonly Bucket[] {
    return this.#histograms.get(name)?.[String(pid)] ?? [];
  }
}

/**
 * Reads what native/bpftrace/anatomy.bt wrote.
 *
 * @param pids of the peers
 * @throws Error when a window was not seen from edge to edge
 */
export function parseAnatomy(
  text: string,
  pids: Readonly<Record<Side, number>>,
  arch: string,
): TraceFigures {
  const maps = new Maps(text);
  return {
    sides: bySide((side) => tracedSide(maps, side, pids[side], arch)),
    calls: bySide((side) => without(maps.byCall('@calls', pids[side], arch), EDGE_CALL)),
  };
}

function tracedSide(maps: Maps, side: Side, pid: number, arch: string): TracedSide {
  const windowNs = maps.sum('@window_ns', pid);
  if (windowNs === 0) throw new Error(`bpftrace did not see the whole window of the ${side}`);
  const onNs = maps.sum('@on_ns', pid);
  const systemNs = Math.min(onNs, maps.sum('@kernel_ns', pid));
  return {
    windowNs,
    onNs,
    userNs: onNs - systemNs,
    systemNs,
    runnableNs: maps.sum('@runnable_ns', pid),
    putOffNs: maps.sum('@put_off_ns', pid),
    wakeups: maps.sum('@wakeups', pid),
    wakeupNs: maps.sum('@wakeup_sum_ns', pid),
    wakeupLatency: maps.histogram('@wakeup_ns', pid).map(latencyBucket),
    callNs: without(maps.byCall('@call_ns', pid, arch), EDGE_CALL),
    copiedBytes: {
      ...only(maps.byCall('@returned', pid, arch), COPYING),
      ...only(maps.byCall('@argument', pid, arch), COPYING_BY_ARGUMENT),
    },
  };
}

function latencyBucket({ min = 0, max = min, count }: Bucket): LatencyBucket {
  return { fromNs: min, toNs: max + 1, count };
}

function without(record: Record<string, number>, name: string): Record<string, number> {
  const { [name]: _, ...rest } = record;
  return rest;
}

function only(record: Record<string, number>, names: ReadonlySet<string>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
}
