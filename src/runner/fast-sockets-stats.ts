import { z } from 'zod';

const count = z.number().nonnegative();
const reasons = z.record(z.string(), count);

const processSchema = z.object({
  pid: z.int(),
  program: z.string(),
  /** Connections carried by the library. */
  accelerated: count,
  /** Connections left to the kernel from the start, by reason. */
  passed: reasons,
  /** Connections given back to the kernel, by reason. */
  retreated: reasons,
  bytes: z.object({
    ring_sent: count,
    ring_received: count,
    kernel_sent: count,
    kernel_received: count,
  }),
  wakeups_sent: count,
});

/** What Fast Sockets did in one process, as it says at its exit. */
export type ProcessStats = z.infer<typeof processSchema>;

/**
 * Reads what processes have appended to FASTSOCK_STATS, lines of JSON with what each has counted
 * since its last one, in the order in which they began to tell. Anything else in the file is
 * passed over: any process may write there.
 */
export function parseStats(text: string): ProcessStats[] {
  const processes = new Map<string, ProcessStats>();
  for (const line of text.split('\n')) {
    const parsed = processSchema.safeParse(asJson(line));
    if (!parsed.success) continue;
    // A process that becomes another program by exec keeps its number.
    const key = `${parsed.data.pid} ${parsed.data.program}`;
    const earlier = processes.get(key);
    processes.set(key, earlier ? addStats(earlier, parsed.data) : parsed.data);
  }
  return [...processes.values()];
}

/** Both together; pid and program are the first one's. */
export function addStats(a: ProcessStats, b: ProcessStats): ProcessStats {
  return {
    ...a,
    accelerated: a.accelerated + b.accelerated,
    passed: addCounts(a.passed, b.passed),
    retreated: addCounts(a.retreated, b.retreated),
    bytes: {
      ring_sent: a.bytes.ring_sent + b.bytes.ring_sent,
      ring_received: a.bytes.ring_received + b.bytes.ring_received,
      kernel_sent: a.bytes.kernel_sent + b.bytes.kernel_sent,
      kernel_received: a.bytes.kernel_received + b.bytes.kernel_received,
    },
    wakeups_sent: a.wakeups_sent + b.wakeups_sent,
  };
}

type Counts = Readonly<Record<string, number>>;

/** Counts by name, of both. */
export function addCounts(a: Counts, b: Counts): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** All reasons' counts together. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}
