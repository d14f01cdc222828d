import type { CellResult, CountersRecord, UsageRecord } from './schema.js';

/** Two measurements of one thing that differ by more than their resolution. */
export interface SplitDoubt {
  readonly peer: 'client' | 'server';
  /**
   * share: user time as a share of processor time, by getrusage and by cycles. sum: processor time
   * in us, by getrusage and by the task clock, which must not be more.
   */
  readonly kind: 'share' | 'sum';
  readonly getrusage: number;
  readonly counters: number;
  readonly resolution: number;
}

/** Standard errors within which a sampled share is no contradiction. */
const ERRORS = 2;

/**
 * Where user and system time and the performance counters of a cell contradict each other.
 *
 * The split of user and system time is sampled once a tick: it is known to a tick in each trial,
 * and no better than so many samples can tell (binomially). Their sum is exact to a tick. Less by
 * the task clock is no contradiction: an event is put away before the switch to another task and
 * taken out after it, so counters leave out what switching itself costs.
 *
 * @param tickUs microseconds between two ticks
 */
export function splitDoubts(
  { usage, counters, trials }: Pick<CellResult, 'usage' | 'counters' | 'trials'>,
  tickUs: number,
): SplitDoubt[] {
  if (usage === null || counters === null) return [];
  return (['client', 'server'] as const).flatMap((peer) => {
    const found = [
      shareDoubt(usage[peer], counters[peer], trials, tickUs),
      sumDoubt(usage[peer], counters[peer], trials, tickUs),
    ];
    return found.flatMap((doubt) =>
      doubt !== null && excessOf(doubt) > doubt.resolution ? [{ peer, ...doubt }] : [],
    );
  });
}

type Measured = Omit<SplitDoubt, 'peer'>;

function excessOf({ kind, getrusage, counters }: Measured): number {
  return kind === 'share' ? Math.abs(getrusage - counters) : counters - getrusage;
}

function shareDoubt(
  usage: UsageRecord,
  { cycles_user: user, cycles_kernel: kernel }: CountersRecord,
  trials: number,
  tickUs: number,
): Measured | null {
  const cpuUs = usage.user_us + usage.system_us;
  if (user === null || kernel === null || user + kernel === 0 || cpuUs === 0) return null;
  const share = user / (user + kernel);
  const samples = cpuUs / tickUs;
  const errorUs = ERRORS * tickUs * Math.sqrt(samples * share * (1 - share));
  const resolution = Math.max(trials * tickUs, errorUs) / cpuUs;
  return { kind: 'share', getrusage: usage.user_us / cpuUs, counters: share, resolution };
}

function sumDoubt(
  usage: UsageRecord,
  { task_clock_ns: clock }: CountersRecord,
  trials: number,
  tickUs: number,
): Measured | null {
  if (clock === null) return null;
  const getrusage = usage.user_us + usage.system_us;
  return { kind: 'sum', getrusage, counters: clock / 1000, resolution: trials * tickUs };
}
