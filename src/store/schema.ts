import { z } from 'zod';

/**
 * The result document: what a run leaves, what `--json` prints, what tools read.
 *
 * Missing is null, never 0. Units are in the names. New fields may be added
 * within a schema version, and readers ignore what they don't know; a field
 * that changes its meaning or goes away is a new version. A document from
 * before a field was added has it as null when it is read (`added`). The JSON
 * Schema in schema/ is generated from here, see json-schema.ts.
 */
export const RESULT_SCHEMA_VERSION = 1;

/** Gives a field the title and description that the published schema shows. */
function described<T extends z.ZodType>(schema: T, title: string, description: string): T {
  return schema.meta({ title, description });
}

/**
 * A field that documents of this schema version once didn't have: absent reads as null.
 */
function added<T extends z.ZodType>(schema: T) {
  return schema.nullable().default(null as never);
}

const count = z.int().nonnegative();
const amount = z.number().nonnegative();
const maybeCount = count.nullable();
const maybeAmount = amount.nullable();
const interval = z.tuple([amount, amount]);

const usageSchema = z.object({
  user_us: described(
    amount,
    'User time',
    'Microseconds of processor time in user mode, total over the timed windows (getrusage). The sum of user and system time is exact; on kernels with tick accounting the split has a resolution of one tick per trial.',
  ),
  system_us: described(
    amount,
    'System time',
    'Microseconds of processor time in the kernel, total over the timed windows (getrusage).',
  ),
  voluntary_switches: described(
    count,
    'Voluntary context switches',
    'Times the peer gave up its processor to wait, total over the timed windows.',
  ),
  involuntary_switches: described(
    count,
    'Involuntary context switches',
    'Times the scheduler took the processor from the peer, total over the timed windows.',
  ),
  ops: described(
    count,
    'Operations',
    'Operations in the timed windows as this peer counted them: divide by it to get figures per operation.',
  ),
  wall_us: described(
    amount,
    'Wall-clock time',
    'Microseconds between the two getrusage readings, total over the timed windows.',
  ),
  minor_faults: described(count, 'Minor page faults', 'Page faults served without I/O.'),
  major_faults: described(count, 'Major page faults', 'Page faults that needed I/O.'),
  bytes_sent: described(count, 'Bytes sent', 'Payload bytes that this peer sent.'),
  bytes_received: described(count, 'Bytes received', 'Payload bytes that this peer received.'),
});

const trialPeerSchema = usageSchema.extend({
  cpu_first: described(
    maybeCount,
    'Processor at the start',
    "Number of the processor that the peer ran on when its window began; null when it isn't known.",
  ),
  cpu_last: described(
    maybeCount,
    'Processor at the end',
    "Number of the processor that the peer ran on when its window ended; null when it isn't known.",
  ),
});

function peers<T extends z.ZodType>(peer: T) {
  return z.object({
    client: described(peer, 'Client', 'The peer that sends requests.'),
    server: described(peer, 'Server', 'The peer that replies.'),
  });
}

const outliersSchema = z.object({
  of: described(count, 'Samples looked at', 'Number of kept samples that were looked at.'),
  low_severe: described(count, 'Severe low outliers', 'Samples below Q1 - 3 IQR.'),
  low_mild: described(count, 'Mild low outliers', 'Samples from Q1 - 3 IQR to below Q1 - 1.5 IQR.'),
  high_mild: described(
    count,
    'Mild high outliers',
    'Samples above Q3 + 1.5 IQR, up to Q3 + 3 IQR.',
  ),
  high_severe: described(count, 'Severe high outliers', 'Samples above Q3 + 3 IQR.'),
});

const outlierNote =
  "Samples beyond Tukey's fences, each trial with its own fences. Counted only: every figure includes them.";

const histogramSchema = z.object({
  indexes: described(
    z.array(count),
    'Bucket numbers',
    'Occupied buckets, rising. Bucket i < 128 holds the value i ps; for i >= 128, with w = 2^(floor(i / 128) - 1), it holds the values from (128 + i mod 128) w up to w more, in picoseconds per operation. The last bucket, 5375, also holds everything from 2^48 ps on.',
  ),
  counts: described(z.array(z.int().positive()), 'Samples', 'Samples in each of the buckets.'),
});

/** Distribution of the time of one operation; what an operation is, the field's name says. */
const timesSchema = z.object({
  median: described(
    amount,
    'Median',
    "Nanoseconds: the median of the trials' medians. It differs a little from p50, which takes the samples of all trials as one heap.",
  ),
  ci95: described(
    interval.nullable(),
    '95 % confidence interval of the median',
    "Nanoseconds, low and high: over trials; from 5 trials on by bootstrap with expanded percentiles (it ends at the smallest and largest trial), with 2 to 4 by Student's t on logarithms. Null when there is one trial, or no spread that could be resolved.",
  ),
  p50: described(maybeAmount, '50th percentile', 'Nanoseconds, over the samples of all trials.'),
  p90: described(maybeAmount, '90th percentile', 'Nanoseconds, over the samples of all trials.'),
  p99: described(maybeAmount, '99th percentile', 'Nanoseconds, over the samples of all trials.'),
  p999: described(
    maybeAmount,
    '99.9th percentile',
    'Nanoseconds, over the samples of all trials. The percentiles come from a histogram with buckets of at most 0.8 %.',
  ),
  min: described(maybeAmount, 'Minimum', 'Nanoseconds, exact, over the samples of all trials.'),
  max: described(maybeAmount, 'Maximum', 'Nanoseconds, exact, over the samples of all trials.'),
  mean: described(maybeAmount, 'Mean', 'Nanoseconds, exact, over the samples of all trials.'),
});

const grantedPeerSchema = z.object({
  sndbuf_bytes: described(
    maybeCount,
    'Send buffer',
    'SO_SNDBUF as read back, in bytes; Linux reports twice what was asked for, to count its own bookkeeping in.',
  ),
  rcvbuf_bytes: described(maybeCount, 'Receive buffer', 'SO_RCVBUF as read back, in bytes.'),
  rcvlowat_bytes: described(maybeCount, 'Low watermark', 'SO_RCVLOWAT as read back, in bytes.'),
  backlog: described(
    maybeCount,
    'Backlog',
    'Connections that may wait to be accepted, as given to listen(2); null for the client.',
  ),
});

const grantedNote =
  'What the kernel granted of socket options, read back after they were set, asked for or not; null for mechanisms that are no sockets.';

const fastSocketsSchema = z.object({
  accelerated: described(count, 'Accelerated', 'Connections that Fast Sockets carried.'),
  ring_sent_bytes: described(count, 'Sent through rings', 'Bytes sent through shared memory.'),
  ring_received_bytes: described(count, 'Received from rings', 'Bytes received from it.'),
  kernel_sent_bytes: described(
    count,
    'Sent through the kernel',
    'Bytes of those connections that were sent before they went over to shared memory.',
  ),
  kernel_received_bytes: described(
    count,
    'Received through the kernel',
    'Bytes of those connections that were received before they went over.',
  ),
  wakeups_sent: described(count, 'Wake-ups', 'Times the peer woke the other one.'),
});

const fastSocketsNote =
  'What Fast Sockets did in each peer, from its start to its end, of probes that preload it; null for others. A trial whose timed window it did not carry has no figures: it failed.';

const windowNote =
  'Pattern stream: messages that could be outstanding; 0 = no limit but the mechanism’s own. Null for other patterns.';

const unsentNote =
  'Pattern load: requests that were due within the timed window but not sent by its end, because earlier ones were still out: the rate was not met. Null for other patterns.';

const serviceTrialSchema = z.object({
  p50_ns: described(maybeAmount, '50th percentile', 'Nanoseconds, from the complete histogram.'),
  p90_ns: described(maybeAmount, '90th percentile', 'Nanoseconds, from the complete histogram.'),
  p99_ns: described(maybeAmount, '99th percentile', 'Nanoseconds, from the complete histogram.'),
  p999_ns: described(maybeAmount, '99.9th percentile', 'Nanoseconds, from the complete histogram.'),
  min_ns: described(maybeAmount, 'Minimum', 'Nanoseconds, exact, over all requests.'),
  max_ns: described(maybeAmount, 'Maximum', 'Nanoseconds, exact, over all requests.'),
  mean_ns: described(maybeAmount, 'Mean', 'Nanoseconds, exact, over all requests.'),
  histogram: described(
    histogramSchema,
    'Histogram',
    'Log-linear histogram of the service times of the trial, occupied buckets only.',
  ),
});

const steadinessSchema = z.object({
  verdict: described(
    z.enum(['steady', 'drifting', 'never steady']),
    'Verdict',
    'steady: the medians of all tenths of the timed window are within the tolerance of their median. drifting: those of its last half are, or they rise or fall throughout. never steady: neither.',
  ),
  slope_per_tenth: described(
    z.number(),
    'Slope',
    'Change of the median from one tenth of the timed window to the next, as a share (0.01 = 1 %).',
  ),
  steady_from_tenth: described(
    maybeCount,
    'Steady from',
    'The first tenth, from 0, from which on all is steady; null when there is none in the first half.',
  ),
  tenths_ns: described(
    z.array(amount),
    'Tenths',
    'Nanoseconds: the medians of the tenths of the kept samples, in time order. How they scatter beside the trials says where repetitions are worth their time (plan-advice).',
  ),
});

/**
 * One trial of a cell. Figures are null unless its status is `ok`. `median_ns` and what follows it
 * are times of the operation of the cell's pattern.
 */
export const trialSchema = z.object({
  repetition: described(count, 'Repetition', 'Which repetition of its cell the trial is, from 0.'),
  order: described(
    maybeCount,
    'Order',
    "Position of the trial among all trials of the run as carried out, from 0; null when it isn't known.",
  ),
  status: described(
    z.enum(['ok', 'unavailable', 'failed', 'stopped']),
    'Status',
    'ok: it has figures. unavailable: this machine or its limits cannot run it. failed: an error, or the time limit. stopped: the run was interrupted.',
  ),
  reason: described(z.string().nullable(), 'Reason', 'Why there are no figures; null when ok.'),
  remedy: described(z.string().nullable(), 'Remedy', 'What would enable the trial, when known.'),
  environment_bytes: described(
    added(count),
    'Environment padding',
    'Length of a variable that was added to the environment of the peers, in bytes: it moves their stacks, so that no one layout of memory decides a figure.',
  ),
  median_ns: described(
    maybeAmount,
    'Median',
    'Nanoseconds: median of the kept samples of this trial. What a sample times, the pattern of the cell says: a round trip (echo, rpc), a message at the receiver (stream), a connection (connect), a response from its intended send (load).',
  ),
  p50_ns: described(maybeAmount, '50th percentile', 'Nanoseconds, from the complete histogram.'),
  p90_ns: described(maybeAmount, '90th percentile', 'Nanoseconds, from the complete histogram.'),
  p99_ns: described(maybeAmount, '99th percentile', 'Nanoseconds, from the complete histogram.'),
  p999_ns: described(maybeAmount, '99.9th percentile', 'Nanoseconds, from the complete histogram.'),
  min_ns: described(maybeAmount, 'Minimum', 'Nanoseconds, exact, over all samples.'),
  max_ns: described(maybeAmount, 'Maximum', 'Nanoseconds, exact, over all samples.'),
  mean_ns: described(maybeAmount, 'Mean', 'Nanoseconds, exact, over all samples.'),
  window_ns: described(
    maybeAmount,
    'Timed window',
    "Nanoseconds from the first operation's start to the last one's end.",
  ),
  ops: described(maybeCount, 'Operations', 'Operations in the timed window.'),
  batch: described(
    maybeCount,
    'Batch',
    'Operations per sample, chosen by calibration. Above 1, a sample is the mean of a batch, and the percentiles are those of batch means.',
  ),
  clock_cost_ns: described(maybeAmount, 'Clock cost', 'Nanoseconds that one reading takes.'),
  warmup_ops: described(maybeCount, 'Warm-up operations', 'Operations before the timed window.'),
  verified_ops: described(
    maybeCount,
    'Verified operations',
    'Operations outside the timed window whose payload was compared byte by byte.',
  ),
  request_bytes: described(maybeCount, 'Request', 'Payload bytes per operation, client to server.'),
  reply_bytes: described(maybeCount, 'Reply', 'Payload bytes per operation, server to client.'),
  adaptive_spin_ns: described(
    maybeAmount,
    'Adaptive spin',
    'Nanoseconds for which a peer polls before it sleeps, under wait policy adaptive; else 0.',
  ),
  stream_window: described(added(count), 'Stream window', windowNote),
  unsent_ops: described(added(count), 'Unsent requests', unsentNote),
  granted: described(added(peers(grantedPeerSchema)), 'Granted options', grantedNote),
  service_time: described(
    added(serviceTrialSchema),
    'Service time',
    'Pattern load: times from the actual send to the answer, beside the response times from the intended send. Null for other patterns.',
  ),
  samples: described(
    z
      .object({
        kept: described(count, 'Kept', 'Samples kept in time order; the median is theirs.'),
        stride: described(
          z.int().positive(),
          'Stride',
          '1: every batch has a kept sample, 2: every second one, and so on.',
        ),
        total: described(count, 'Total', 'Samples in the histogram: all of them.'),
        autocorrelation: described(
          added(z.number().min(-1).max(1)),
          'Autocorrelation',
          'Correlation of the kept samples with the ones before them (lag 1): 0 when they are independent of each other. Null for a constant.',
        ),
        effective: described(
          added(amount),
          'Effective samples',
          'How many independent samples would say as much about their mean as the kept ones do. Null for a constant.',
        ),
      })
      .nullable(),
    'Samples',
    'How many samples the figures rest on, and how they were thinned.',
  ),
  steadiness: described(
    added(steadinessSchema),
    'Steadiness',
    'Whether the samples of the trial, in time order, stayed at one level; null when there are too few to tell.',
  ),
  outliers: described(outliersSchema.nullable(), 'Outliers', outlierNote),
  histogram: described(
    histogramSchema.nullable(),
    'Histogram',
    'Log-linear histogram of all samples of the trial, occupied buckets only.',
  ),
  fast_sockets: described(added(peers(fastSocketsSchema)), 'Fast Sockets', fastSocketsNote),
  usage: described(
    peers(trialPeerSchema).nullable(),
    'Usage',
    "Each peer's use of the machine over exactly the timed window of this trial.",
  ),
});

const parametersSchema = z.object({
  reply_bytes: described(
    maybeCount,
    'Reply size',
    'rpc, load: payload bytes of the reply that were asked for; null = as the request.',
  ),
  service_ns: described(
    maybeAmount,
    'Service time',
    'rpc, load: nanoseconds of work that the server was told to do per request; null = none.',
  ),
  rate_per_s: described(
    z.number().positive().nullable(),
    'Rate',
    'load: requests per second that were asked for.',
  ),
  arrivals: described(
    z.string().min(1).nullable(),
    'Arrivals',
    'load: gaps between requests. even: all alike; poisson: exponentially distributed.',
  ),
  window: described(
    maybeCount,
    'Window',
    'stream: outstanding messages that were asked for; null = as the mechanism needs.',
  ),
  backlog: described(
    maybeCount,
    'Backlog',
    "connect: backlog of listen(2) that was asked for; null = the native part's default.",
  ),
});

/** One probe at one point: a row of a table. */
export const cellResultSchema = z.object({
  probe: described(z.string().min(1), 'Probe', 'Name of the mechanism under test.'),
  pattern: described(
    z.string().min(1),
    'Pattern',
    'How messages flow. echo: the client sends, the server reads everything and sends as much back; stream: one way, timed at the receiver; connect: a connection is made, accepted and closed on both sides; rpc: a request, work in the server, a reply of another size; load: requests at a given rate, whether or not answers come (open loop).',
  ),
  parameters: described(
    added(parametersSchema),
    'Parameters',
    'What was asked of the pattern beside the size; null = does not apply, or the default.',
  ),
  size_bytes: described(
    count,
    'Size',
    'Payload bytes of the request, and of the reply unless `parameters` say otherwise. Meaningless for pattern connect, which moves no payload.',
  ),
  placement: described(
    z.string().min(1),
    'Placement',
    'Where the peers may run. free: anywhere; same-core: both on one processor; two-cores: on two cores; smt: on two threads of a core; two-sockets: on two sockets; all: one cell for each pair of processors.',
  ),
  client_cpu: described(
    added(count),
    'Processor of the client',
    'Number of the processor that the client was bound to; null = wherever the scheduler liked.',
  ),
  server_cpu: described(
    added(count),
    'Processor of the server',
    'Number of the processor that the server was bound to; null = wherever the scheduler liked.',
  ),
  wait: described(
    z.string().min(1),
    'Wait policy',
    'How a peer waits. block: asleep in the kernel; spin: polling; adaptive: polling for a bounded time, then asleep.',
  ),
  clients: described(
    z.int().positive(),
    'Clients',
    "Clients at the same time: threads of the client's process, each with one operation under way. Times are those of single operations of all threads; rates are sums over the threads.",
  ),
  options: described(
    z.record(z.string(), z.string()),
    'Options',
    'Options of the probe by name, as its flags take them.',
  ),
  trials: described(count, 'Trials', 'Trials with figures: what the interval rests on.'),
  trials_planned: described(
    maybeCount,
    'Planned trials',
    'Trials that the plan has for the cell: with a target precision as many as it took, or the most it may take; null for published figures.',
  ),
  stopped: described(
    added(z.enum(['precision', 'max-trials', 'max-time', 'fixed', 'interrupted'])),
    'Stopped',
    'Why the cell has no more trials. precision: its interval is as narrow as was asked; max-trials, max-time: it had the most that it may have before that; fixed: the plan has so many; interrupted: the run ended before. Null when it could not be measured, and in older results.',
  ),
  status: described(
    z.enum(['ok', 'unavailable', 'failed']),
    'Status',
    'ok: at least one trial has figures. unavailable: this machine or its limits cannot run the cell. failed: every trial failed or was interrupted.',
  ),
  reason: described(
    z.string().nullable(),
    'Reason',
    'Why there are no figures, or what happened to the trials that have none; null when all is well.',
  ),
  remedy: described(z.string().nullable(), 'Remedy', 'What would enable the cell, when known.'),
  batch: described(
    z.int().positive().nullable(),
    'Batch',
    'Largest number of operations per sample among the trials. Above 1, percentiles are those of batch means.',
  ),
  request_bytes: described(maybeCount, 'Request', 'Payload bytes per operation, client to server.'),
  reply_bytes: described(maybeCount, 'Reply', 'Payload bytes per operation, server to client.'),
  rtt_ns: described(
    timesSchema.nullable(),
    'Round-trip time',
    'Patterns echo and rpc: time of one round trip in nanoseconds; null for other patterns, and unless the status is ok.',
  ),
  message_ns: described(
    added(timesSchema),
    'Time per message',
    'Pattern stream: nanoseconds per message at the receiver; null for other patterns.',
  ),
  connect_ns: described(
    added(timesSchema),
    'Connect time',
    'Pattern connect: nanoseconds for the client to make a connection, see the server close it, and close its own end; of doors: to open the file of a door, make the first call, and close it. Null for other patterns.',
  ),
  response_ns: described(
    added(timesSchema),
    'Response time',
    'Pattern load: nanoseconds from when a request was due to its answer, so that a request that could not be sent in time counts its delay; null for other patterns.',
  ),
  service_time_ns: described(
    added(timesSchema),
    'Service time',
    "Pattern load: nanoseconds from a request's actual send to its answer; null for other patterns. Its median and interval rest on the trials' histograms, with buckets of at most 0.8 %.",
  ),
  unsent_ops: described(added(count), 'Unsent requests', `${unsentNote} Total of all trials.`),
  ops_per_s: described(
    maybeAmount,
    'Operations per second',
    'All operations of all clients and trials over the sum of the timed windows (the harmonic mean of the rates, weighted by operations).',
  ),
  bytes_per_s: described(
    maybeAmount,
    'Payload rate',
    'Payload bytes moved per second. Requests and replies together, both directions; for pattern stream, which is one-way, the messages alone. Null where no payload moves (connect, probe null).',
  ),
  stream_window: described(
    added(count),
    'Stream window',
    `${windowNote} Null also when trials differ in it.`,
  ),
  granted: described(
    added(peers(grantedPeerSchema)),
    'Granted options',
    `${grantedNote} A value that differs between trials is null here; see the trials.`,
  ),
  usage: described(
    peers(usageSchema).nullable(),
    'Usage',
    "Each peer's use of the machine, total over the timed windows of all trials with figures.",
  ),
  outliers: described(outliersSchema.nullable(), 'Outliers', outlierNote),
  per_trial: described(z.array(trialSchema), 'Trials', 'The trials of the cell, by repetition.'),
});

const planSchema = z.object({
  duration_ns: described(amount, 'Duration', 'Nanoseconds that a timed window aims at.'),
  warmup_ns: described(amount, 'Warm-up', 'Nanoseconds of warm-up before it.'),
  trials: described(
    z.int().positive(),
    'Trials',
    'Trials per cell; with a target precision the most that a cell may have.',
  ),
  min_trials: described(
    added(z.int().positive()),
    'Fewest trials',
    'Trials that a cell has at least when it is precise enough; as `trials` without a target precision.',
  ),
  precision: described(
    added(z.number().positive()),
    'Target precision',
    "Relative half-width of the 95 % confidence interval of a cell's median at which the cell has enough trials (0.01 = 1 %); null = a fixed number of trials.",
  ),
  max_time_ns: described(
    added(amount),
    'Longest time',
    'Nanoseconds of measuring after which no cell that has a trial gets another; null = no limit.',
  ),
  time_limit_ns: described(amount, 'Time limit', 'Nanoseconds after which a trial is ended.'),
});

const harnessSchema = z.object({
  null_op_ns: described(
    maybeAmount,
    'Empty operation',
    "Nanoseconds that the timed loop takes with an operation that does nothing (probe null); null when it wasn't measured.",
  ),
  clock_cost_ns: described(
    maybeAmount,
    'Clock cost',
    "Nanoseconds that one reading of the clock takes; null when it wasn't measured.",
  ),
});

/** Which run it is. */
export const runSchema = z.object({
  id: described(
    z.string().min(1),
    'Id',
    'Name of the run: UTC start time and a random suffix, so that names sort by time.',
  ),
  started: described(z.iso.datetime(), 'Started', 'UTC, ISO 8601.'),
  ended: described(z.iso.datetime().nullable(), 'Ended', 'UTC, ISO 8601; null while it goes on.'),
  seed: described(
    z.int().nullable(),
    'Seed',
    'Seed of the order of trials and of the bootstrap; null for published figures.',
  ),
  command: described(z.string(), 'Command', 'The command line that started the run.'),
  ipcbench: described(
    z.string().nullable(),
    'ipcbench version',
    'Version that measured; null for published figures.',
  ),
  complete: described(
    z.boolean(),
    'Complete',
    'False when the run was interrupted or is still going on: cells may be missing or rest on fewer trials.',
  ),
  resumed: described(
    z
      .array(
        z.object({
          at: described(z.iso.datetime(), 'At', 'UTC, ISO 8601.'),
          trials: described(count, 'Trials', 'Trials that the run had by then.'),
          host_differs: described(
            z.array(z.string()),
            'Differences',
            'What of the host was no longer as at the start, in words.',
          ),
        }),
      )
      .optional(),
    'Resumed',
    'When the run was taken up again after it had been interrupted; absent when it never was.',
  ),
  source: described(
    z.string().optional(),
    'Source',
    'Where published figures were taken from; absent for runs.',
  ),
  host: described(
    z.record(z.string(), z.unknown()),
    'Host',
    'What is known of the machine and its settings.',
  ),
  plan: described(planSchema.nullable(), 'Plan', 'Settings that all cells share.'),
  harness: described(harnessSchema, 'Harness', 'What measuring itself costs.'),
});

/** A whole result file. */
export const resultDocumentSchema = z
  .object({
    schema: described(
      z.literal(RESULT_SCHEMA_VERSION),
      'Schema version',
      'Version of this format.',
    ),
    run: described(runSchema, 'Run', 'Which run this is, where and how it was made.'),
    results: described(z.array(cellResultSchema), 'Results', 'One entry per cell of the plan.'),
  })
  .meta({
    title: 'ipcbench result',
    description:
      'Figures of one ipcbench run. Durations are in nanoseconds unless a name says otherwise (_us: microseconds). Missing is null, never 0. Readers should ignore fields that they do not know.',
  });

/** A whole result file; units are in the names, null is missing. */
export type ResultDocument = z.infer<typeof resultDocumentSchema>;
/** The `run` part of a document. */
export type RunRecord = ResultDocument['run'];
/** One cell of a document. */
export type CellResult = z.infer<typeof cellResultSchema>;
/** One trial of a cell. */
export type TrialRecord = z.infer<typeof trialSchema>;
/** One side's use of the machine, summed over trials. */
export type UsageRecord = z.infer<typeof usageSchema>;
/** One side's use of the machine in one trial. */
export type TrialUsageRecord = z.infer<typeof trialPeerSchema>;
/** A distribution of times per operation. */
export type TimesRecord = z.infer<typeof timesSchema>;
/** What was asked of a pattern beside the size. */
export type ParametersRecord = z.infer<typeof parametersSchema>;
/** Granted socket options of one side. */
export type GrantedRecord = z.infer<typeof grantedPeerSchema>;
/** What Fast Sockets did in one peer. */
export type FastSocketsRecord = z.infer<typeof fastSocketsSchema>;
/** Service times of one trial. */
export type ServiceRecord = z.infer<typeof serviceTrialSchema>;
/** Tukey's counts as stored. */
export type OutlierRecord = z.infer<typeof outliersSchema>;
