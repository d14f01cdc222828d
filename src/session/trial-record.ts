import type {
  BuffersUse,
  FastSocketsUse,
  GrantedOptions,
  PeerCounters,
  PeerUsage,
  ServiceTimes,
  TrialMeasurement,
  TrialOutcome,
} from '../runner/types.js';
import { autocorrelation, effectiveSampleSize } from '../stats/autocorrelation.js';
import { histogramCount } from '../stats/histogram.js';
import { steadiness, tenthsOf } from '../stats/steadiness.js';
import { type OutlierCounts, tukeyOutliers } from '../stats/tukey.js';
import { percentilesOf } from '../store/cell-figures.js';
import type {
  BuffersRecord,
  CountersRecord,
  FastSocketsRecord,
  GrantedRecord,
  OutlierRecord,
  ServiceRecord,
  TrialRecord,
  TrialUsageRecord,
} from '../store/schema.js';
import { sampleMedianNs } from './times.js';

/** Which trial of the run a record is of. */
export interface TrialPlace {
  readonly pattern: string;
  readonly repetition: number;
  /** Position among all trials as carried out; null = not known. */
  readonly order: number | null;
  /** Padding of the peers' environment; null = not known. */
  readonly environmentBytes: number | null;
}

/** What is kept of one trial. */
export function trialRecord(outcome: TrialOutcome, place: TrialPlace): TrialRecord {
  const { pattern, repetition, order, environmentBytes: environment_bytes } = place;
  if (outcome.status !== 'ok') {
    const { status, reason, remedy } = outcome;
    return { repetition, order, status, reason, remedy, environment_bytes, ...NO_FIGURES };
  }
  const verdict = { status: 'ok' as const, reason: null, remedy: null };
  return { repetition, order, ...verdict, environment_bytes, ...trialFigures(outcome, pattern) };
}

/** Both sides' granted options; null when there is nothing that could be granted. */
function grantedRecords(granted: TrialMeasurement['granted']): TrialRecord['granted'] {
  const client = grantedRecord(granted.client);
  const server = grantedRecord(granted.server);
  const values = [...Object.values(client), ...Object.values(server)];
  return values.every((value) => value === null) ? null : { client, server };
}

/** Tukey's counts as they are stored. */
function outlierRecord(counts: OutlierCounts): OutlierRecord {
  return {
    of: counts.of,
    low_severe: counts.lowSevere,
    low_mild: counts.lowMild,
    high_mild: counts.highMild,
    high_severe: counts.highSevere,
  };
}

type TrialFigures = Omit<
  TrialRecord,
  'repetition' | 'order' | 'status' | 'reason' | 'remedy' | 'environment_bytes'
>;

const NO_FIGURES: TrialFigures = {
  median_ns: null,
  p50_ns: null,
  p90_ns: null,
  p99_ns: null,
  p999_ns: null,
  min_ns: null,
  max_ns: null,
  mean_ns: null,
  window_ns: null,
  ops: null,
  batch: null,
  clock_cost_ns: null,
  clock_step_ns: null,
  warmup_ops: null,
  verified_ops: null,
  request_bytes: null,
  reply_bytes: null,
  adaptive_spin_ns: null,
  stream_window: null,
  unsent_ops: null,
  granted: null,
  service_time: null,
  samples: null,
  steadiness: null,
  outliers: null,
  histogram: null,
  fast_sockets: null,
  usage: null,
  counters: null,
  buffers: null,
};

function trialFigures(trial: TrialMeasurement, pattern: string): TrialFigures {
  const { p50, p90, p99, p999 } = percentilesOf(trial.histogram, trial.minNs, trial.maxNs);
  const { indexes, counts } = trial.histogram;
  return {
    median_ns: sampleMedianNs(trial),
    p50_ns: p50,
    p90_ns: p90,
    p99_ns: p99,
    p999_ns: p999,
    min_ns: trial.minNs,
    max_ns: trial.maxNs,
    mean_ns: trial.meanNs,
    window_ns: trial.windowNs,
    ops: trial.ops,
    batch: trial.batch,
    clock_cost_ns: trial.clockCostNs,
    clock_step_ns: trial.clockStepNs,
    warmup_ops: trial.warmupOps,
    verified_ops: trial.verifiedOps,
    request_bytes: trial.requestBytes,
    reply_bytes: trial.replyBytes,
    adaptive_spin_ns: trial.adaptiveSpinNs,
    stream_window: pattern === 'stream' ? trial.streamWindow : null,
    unsent_ops: trial.service?.unsentOps ?? null,
    granted: grantedRecords(trial.granted),
    service_time: trial.service === null ? null : serviceRecord(trial.service),
    samples: {
      kept: trial.samplesNs.length,
      stride: trial.sampleStride,
      total: histogramCount(trial.histogram),
      autocorrelation: autocorrelation(trial.samplesNs),
      effective: effectiveSampleSize(trial.samplesNs),
    },
    steadiness: steadinessRecord(trial.samplesNs),
    outliers: outlierRecord(tukeyOutliers(trial.samplesNs)),
    histogram: { indexes: [...indexes], counts: [...counts] },
    fast_sockets: fastSocketsRecords(trial.fastSockets),
    usage: { client: trialUsage(trial.client), server: trialUsage(trial.server) },
    counters: countersRecords(trial),
    buffers: trial.buffers === undefined ? null : buffersRecord(trial.buffers),
  };
}

function buffersRecord(use: BuffersUse): BuffersRecord {
  return {
    buffer_bytes: use.bufferBytes,
    peak: use.peak,
    peak_bytes: use.peak * use.bufferBytes,
    mean: use.mean,
    mean_bytes: use.mean * use.bufferBytes,
    sampled_mean: use.sampledMean,
    holdings: use.holdings,
    holding_ns: use.holdingNs,
    span_ns: use.spanNs,
    waits: use.waits,
    failures: use.failures,
    overflows: use.overflows,
  };
}

function fastSocketsRecords(use: TrialMeasurement['fastSockets']): TrialRecord['fast_sockets'] {
  if (use === undefined) return null;
  return { client: fastSocketsRecord(use.client), server: fastSocketsRecord(use.server) };
}

function fastSocketsRecord(use: FastSocketsUse): FastSocketsRecord {
  return {
    accelerated: use.accelerated,
    ring_sent_bytes: use.ringSentBytes,
    ring_received_bytes: use.ringReceivedBytes,
    kernel_sent_bytes: use.kernelSentBytes,
    kernel_received_bytes: use.kernelReceivedBytes,
    wakeups_sent: use.wakeupsSent,
  };
}

function serviceRecord(service: ServiceTimes): ServiceRecord {
  const { histogram, minNs, maxNs, meanNs } = service;
  const { p50, p90, p99, p999 } = percentilesOf(histogram, minNs, maxNs);
  return {
    p50_ns: p50,
    p90_ns: p90,
    p99_ns: p99,
    p999_ns: p999,
    min_ns: minNs,
    max_ns: maxNs,
    mean_ns: meanNs,
    histogram: { indexes: [...histogram.indexes], counts: [...histogram.counts] },
  };
}

function grantedRecord(granted: GrantedOptions): GrantedRecord {
  return {
    sndbuf_bytes: granted.sndbufBytes,
    rcvbuf_bytes: granted.rcvbufBytes,
    rcvlowat_bytes: granted.rcvlowatBytes,
    backlog: granted.backlog,
  };
}

function steadinessRecord(samplesNs: Float64Array): TrialRecord['steadiness'] {
  const tenths = tenthsOf(samplesNs);
  if (tenths === null) return null;
  const { medians, error } = tenths;
  const { verdict, slope, at } = steadiness(medians, { error });
  return { verdict, slope_per_tenth: slope, steady_from_tenth: at, tenths_ns: [...medians] };
}

function trialUsage(usage: PeerUsage): TrialUsageRecord {
  return {
    user_us: usage.userNs / 1000,
    system_us: usage.systemNs / 1000,
    voluntary_switches: usage.voluntarySwitches,
    involuntary_switches: usage.involuntarySwitches,
    ops: usage.ops,
    wall_us: usage.wallNs / 1000,
    minor_faults: usage.minorFaults,
    major_faults: usage.majorFaults,
    bytes_sent: usage.bytesSent,
    bytes_received: usage.bytesReceived,
    cpu_first: usage.cpuFirst,
    cpu_last: usage.cpuLast,
  };
}

/** Both sides' counters; null when they were not asked for. */
function countersRecords({ client, server }: TrialMeasurement): TrialRecord['counters'] {
  if (client.counters === null || server.counters === null) return null;
  return { client: countersRecord(client.counters), server: countersRecord(server.counters) };
}

function countersRecord({ error, enabledNs, runningNs, values }: PeerCounters): CountersRecord {
  return {
    error,
    enabled_ns: enabledNs,
    running_ns: runningNs,
    cycles_user: values.cyclesUser,
    cycles_kernel: values.cyclesKernel,
    instructions_user: values.instructionsUser,
    instructions_kernel: values.instructionsKernel,
    cache_references: values.cacheReferences,
    cache_misses: values.cacheMisses,
    dtlb_load_misses: values.dtlbLoadMisses,
    branch_misses: values.branchMisses,
    task_clock_ns: values.taskClockNs,
    page_faults_user: values.pageFaultsUser,
    page_faults_kernel: values.pageFaultsKernel,
    context_switches: values.contextSwitches,
  };
}
