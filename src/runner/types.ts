import type { Trial } from '../plan/types.js';

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

/** What a completed trial measured. */
export interface TrialMeasurement {
  readonly status: 'ok';
  /** First operation's start to last operation's end. */
  readonly windowNs: number;
  readonly ops: number;
  /** Operations per sample. */
  readonly batch: number;
  readonly clockCostNs: number;
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
}
