import type { Calibrator } from '../host/calibration.js';
import type { Trial } from '../plan/types.js';

/** Events that a peer counts over its timed window, in the order of the results page. */
export const COUNTER_NAMES = [
  'cyclesUser',
  'cyclesKernel',
  'instructionsUser',
  'instructionsKernel',
  'cacheReferences',
  'cacheMisses',
  'dtlbLoadMisses',
  'branchMisses',
  'taskClockNs',
  'pageFaultsUser',
  'pageFaultsKernel',
  'contextSwitches',
] as const;

export type CounterName = (typeof COUNTER_NAMES)[number];

/**
 * What perf_event_open counts in all threads of a peer over a timed window: of a second pair that
 * only counts, scaled to the operations of the one whose times are reported. See counted.ts.
 */
export interface PeerCounters {
  /** errno of the first event that could not be opened; 0 = all could. */
  readonly error: number;
  /** Of the event that had its hardware counter for the least of the time. */
  readonly enabledNs: number;
  /** Less than `enabledNs` = events took turns on the hardware; `values` are scaled by it. */
  readonly runningNs: number;
  /** null = this event isn't available, or never had its turn. */
  readonly values: Readonly<Record<CounterName, number | null>>;
}

/** One side's use of the machine over exactly the timed window (getrusage of the peer). */
export interface PeerUsage {
  readonly ops: number;
  readonly wallNs: number;
  readonly userNs: number;
  readonly systemNs: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly cpuFirst: number | null;
  readonly cpuLast: number | null;
  readonly pid: number | null;
  /** CLOCK_MONOTONIC just before the window and just after it: the clock of perf and bpftrace. */
  readonly beginNs: number | null;
  readonly endNs: number | null;
  /** null = not asked for. */
  readonly counters: PeerCounters | null;
}

/** The processes of a trial. */
export interface PeerPids {
  readonly client: number;
  readonly server: number;
}

/** Occupied buckets of the log-linear histogram, per-operation picoseconds, in rising order. */
export interface HistogramBuckets {
  /** Bucket numbers as in native/include/results_page.h. */
  readonly indexes: readonly number[];
  /** Samples in each. */
  readonly counts: readonly number[];
}

/** What the kernel granted of socket options, read back after they were set; null = does not apply. */
export interface GrantedOptions {
  readonly sndbufBytes: number | null;
  readonly rcvbufBytes: number | null;
  readonly rcvlowatBytes: number | null;
  readonly backlog: number | null;
}

/** Pattern load: times from the actual send, beside the response times from the intended one. */
export interface ServiceTimes {
  readonly histogram: HistogramBuckets;
  readonly minNs: number;
  readonly maxNs: number;
  readonly meanNs: number;
  /** Requests that were due within the window but not sent: the rate was not met. */
  readonly unsentOps: number;
}

/** What Fast Sockets did in one peer, from its start to its end. */
export interface FastSocketsUse {
  /** Connections that the library carried. */
  readonly accelerated: number;
  readonly ringSentBytes: number;
  readonly ringReceivedBytes: number;
  /** Before a connection went over to the ring. */
  readonly kernelSentBytes: number;
  readonly kernelReceivedBytes: number;
  readonly wakeupsSent: number;
}

/**
 * What became of the buffers that carry arguments and results between the peers, over the timed
 * window: those of both sides.
 */
export interface BuffersUse {
  /** Of one buffer. */
  readonly bufferBytes: number;
  /** Buffers that were in use at some time: the lowest free one is always taken. */
  readonly peak: number;
  /** In use at a time, weighted by time. */
  readonly mean: number;
  /** The same, counted at moments that don't depend on the load. */
  readonly sampledMean: number;
  /** Buffers that were taken, each time. */
  readonly holdings: number;
  /** Mean time from taking a buffer to freeing it; null = none was timed. */
  readonly holdingNs: number | null;
  /** What the means are over. */
  readonly spanNs: number;
  /** Callers that waited for a buffer. */
  readonly waits: number;
  /** Calls that were refused for want of one. */
  readonly failures: number;
  /** Results that found none and took another way. */
  readonly overflows: number;
}

/** What a completed trial measured. */
export interface TrialMeasurement {
  readonly status: 'ok';
  /** First operation's start to last operation's end. */
  readonly windowNs: number;
  readonly ops: number;
  /** Operations per sample. */
  readonly batch: number;
  readonly clockCostNs: number;
  /** Smallest step between two values of the clock. */
  readonly clockStepNs: number;
  /**
   * Time per operation of each kept sample (batch mean), in time order, in ns: a round trip for
   * echo and rpc, a message at the receiver for stream, a connection for connect, a response from
   * its intended send for load.
   */
  readonly samplesNs: Float64Array;
  /** 1 = every batch is in `samplesNs`, 2 = every second, ... */
  readonly sampleStride: number;
  readonly histogram: HistogramBuckets;
  /** Exact extremes and mean over all samples, per operation. */
  readonly minNs: number;
  readonly maxNs: number;
  readonly meanNs: number;
  readonly warmupOps: number;
  readonly verifiedOps: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly adaptiveSpinNs: number;
  /** stream: messages that could be outstanding; 0 = no limit but the mechanism's own. */
  readonly streamWindow: number;
  /** load only, else null. */
  readonly service: ServiceTimes | null;
  readonly granted: { readonly client: GrantedOptions; readonly server: GrantedOptions };
  readonly client: PeerUsage;
  readonly server: PeerUsage;
  /** Only of probe doors, where its buffers were asked about. */
  readonly buffers?: BuffersUse;
  /** Only where Fast Sockets was preloaded into the peers. */
  readonly fastSockets?: { readonly client: FastSocketsUse; readonly server: FastSocketsUse };
}

/** A trial without figures, and why. */
export interface TrialProblem {
  readonly status: 'unavailable' | 'failed' | 'stopped';
  /** One sentence; for a failure it names the C expression, errno and place. */
  readonly reason: string;
  /** What enables it, or null. */
  readonly remedy: string | null;
}

export type TrialOutcome = TrialMeasurement | TrialProblem;

/** Live state of the trial under way, read from the results page without disturbing the peers. */
export interface TrialProgress {
  readonly phase: 'start' | 'open' | 'verify' | 'warmup' | 'timed' | 'close' | 'done';
  readonly ops: number;
  /** Since the start of the phase. */
  readonly elapsedNs: number;
}

export interface TrialOptions {
  readonly durationNs: number;
  readonly warmupNs: number;
  readonly timeLimitNs: number;
  /** Aborted = end the trial now; the outcome is then `stopped`. */
  readonly signal?: AbortSignal;
  /** Called a few times a second, only when given. */
  readonly onProgress?: (progress: TrialProgress) => void;
  /** Have a second pair of peers count events over its timed window (perf_event_open). */
  readonly counters?: boolean;
  /**
   * Called once, when both peers exchange messages in their warm-up; the timed window begins when
   * its promise settles and the warm-up is over. Until then the time limit stands still. Rejected
   * = the trial ends, with outcome `failed` and the reason. A trial that ends meanwhile, by its
   * signal or the death of a peer, does not wait for it.
   */
  readonly onWarm?: (pids: PeerPids) => Promise<void>;
  /** For tests only: the sender of what is verified turns one bit of it over. */
  readonly fault?: 'flip-byte';
}

/** Capabilities of one compiled probe on this machine now, from `ipcbench-peer --describe`. */
export interface NativeProbe {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly waits: readonly string[];
  /** Names of the options it takes. */
  readonly options: readonly string[];
  readonly sizeMin: number;
  readonly sizeMax: number;
  readonly available: boolean;
  readonly reason: string | null;
  readonly remedy: string | null;
}

/** What the native part says of itself. */
export interface NativeDescription {
  /** Compiler that it was built with; null = not known. */
  readonly compiler: string | null;
  readonly probes: readonly NativeProbe[];
}

/** Carries out trials: the native pair, or a fake for tests. */
export interface Runner {
  describe(): Promise<NativeDescription>;
  /** Never rejects for what goes wrong in a trial: that is an outcome. */
  run(trial: Trial, options: TrialOptions): Promise<TrialOutcome>;
  /** Removes what earlier runs left whose processes are all dead. */
  sweep(): Promise<void>;
  /** What primitives cost on this machine; absent = it can't tell, as a fake can't. */
  readonly calibrate?: Calibrator;
}
