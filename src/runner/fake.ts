import type { Trial } from '../plan/types.js';
import type {
  GrantedOptions,
  NativeDescription,
  NativeProbe,
  PeerUsage,
  Runner,
  TrialMeasurement,
  TrialOptions,
  TrialOutcome,
} from './types.js';

/** No processes have these ids. */
export const FAKE_PIDS = { client: 2 ** 22 + 2, server: 2 ** 22 + 1 } as const;

/** What a fake trial comes to: figures with this median, or a problem. */
export type FakeScript = (trial: Trial, index: number) => number | TrialOutcome;

/**
 * A runner without processes or clocks: the same trials always have the same outcomes. For tests
 * of planning, sessions and rendering.
 */
export class FakeRunner implements Runner {
  /** Trials in the order in which they were run. */
  readonly seen: Trial[] = [];
  sweeps = 0;

  /**
   * @param probes what the fake machine offers
   * @param script outcome of each trial; by default a round trip of 1000 ns plus its size
   */
  constructor(
    private readonly probes: readonly NativeProbe[],
    private readonly script: FakeScript = (trial) => 1000 + trial.cell.sizeBytes,
  ) {}

  async describe(): Promise<NativeDescription> {
    return { compiler: 'fake 1.0', probes: this.probes };
  }

  async sweep(): Promise<void> {
    this.sweeps += 1;
  }

  async run(trial: Trial, options: TrialOptions): Promise<TrialOutcome> {
    if (options.signal?.aborted) {
      return { status: 'stopped', reason: 'the run was interrupted', remedy: null };
    }
    const index = this.seen.push(trial) - 1;
    try {
      await options.onWarm?.(FAKE_PIDS);
    } catch (error) {
      return { status: 'failed', reason: (error as Error).message, remedy: null };
    }
    options.onProgress?.({ phase: 'timed', ops: 0, elapsedNs: 0 });
    const result = this.script(trial, index);
    // The script may have interrupted the run, as a signal during the trial would.
    if (options.signal?.aborted) {
      return { status: 'stopped', reason: 'the run was interrupted', remedy: null };
    }
    if (typeof result !== 'number') return result;
    return fakeMeasurement(result, trial.cell.sizeBytes, options.durationNs);
  }
}

/** A probe that offers everything, for the fake machine. */
export function fakeProbe(name: string, changes: Partial<NativeProbe> = {}): NativeProbe {
  return {
    name,
    patterns: ['echo', 'stream', 'connect', 'rpc', 'load'],
    waits: ['block', 'spin', 'adaptive'],
    options: [],
    sizeMin: 1,
    sizeMax: 1024 * 1024,
    available: true,
    reason: null,
    remedy: null,
    ...changes,
  };
}

const NOTHING_GRANTED: GrantedOptions = {
  sndbufBytes: null,
  rcvbufBytes: null,
  rcvlowatBytes: null,
  backlog: null,
};

/**
 * A measurement whose samples rise evenly by 1 % around a median.
 *
 * @param medianNs the median round trip, in ns
 */
export function fakeMeasurement(
  medianNs: number,
  sizeBytes: number,
  durationNs: number,
): TrialMeasurement {
  const samplesNs = Float64Array.from({ length: 101 }, (_, i) => medianNs * (1 + (i - 50) / 5000));
  const ops = Math.max(1, Math.floor(durationNs / medianNs));
  const usage: PeerUsage = {
    ops,
    wallNs: durationNs,
    userNs: durationNs * 0.1,
    systemNs: durationNs * 0.4,
    voluntarySwitches: ops,
    involuntarySwitches: 0,
    minorFaults: 0,
    majorFaults: 0,
    bytesSent: ops * sizeBytes,
    bytesReceived: ops * sizeBytes,
    cpuFirst: 0,
    cpuLast: 0,
    pid: null,
    beginNs: null,
    endNs: null,
    counters: null,
  };
  return {
    status: 'ok',
    windowNs: durationNs,
    ops,
    batch: 1,
    clockCostNs: 20,
    clockStepNs: 1,
    samplesNs,
    sampleStride: 1,
    histogram: fakeHistogram(samplesNs),
    minNs: samplesNs[0] ?? medianNs,
    maxNs: samplesNs[100] ?? medianNs,
    meanNs: medianNs,
    warmupOps: 10,
    verifiedOps: 10,
    requestBytes: sizeBytes,
    replyBytes: sizeBytes,
    adaptiveSpinNs: 0,
    streamWindow: 0,
    service: null,
    granted: { client: NOTHING_GRANTED, server: NOTHING_GRANTED },
    client: usage,
    server: usage,
  };
}

function fakeHistogram(samplesNs: Float64Array) {
  const counts = new Map<number, number>();
  for (const ns of samplesNs) {
    const bucket = bucketOf(ns * 1000);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  const indexes = [...counts.keys()].sort((a, b) => a - b);
  return { indexes, counts: indexes.map((index) => counts.get(index) ?? 0) };
}

/** The bucket of a value in ps, as in native/include/results_page.h. */
function bucketOf(ps: number): number {
  const value = Math.floor(ps);
  if (value < 128) return value;
  const shift = Math.floor(Math.log2(value)) - 7;
  return (shift + 1) * 128 + (Math.floor(value / 2 ** shift) - 128);
}
