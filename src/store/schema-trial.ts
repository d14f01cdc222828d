import { z } from 'zod';
import { buffersNote, buffersSchema } from './schema-buffers.js';
import { countersNote, countersSchema } from './schema-costs.js';
import {
  added,
  amount,
  count,
  described,
  maybeAmount,
  maybeCount,
  peers,
} from './schema-fields.js';
import {
  histogramSchema,
  outlierNote,
  outliersSchema,
  serviceTrialSchema,
  steadinessSchema,
} from './schema-times.js';
import { trialPeerSchema } from './schema-usage.js';

/** What the kernel granted one side. */
export const grantedPeerSchema = z.object({
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

export const grantedNote =
  'What the kernel granted of socket options, read back after they were set, asked for or not; null for mechanisms that are no sockets.';

/** What Fast Sockets did in one peer. */
export const fastSocketsSchema = z.object({
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

export const windowNote =
  'Pattern stream: messages that could be outstanding; 0 = no limit but the mechanism’s own. Null for other patterns.';

export const unsentNote =
  'Pattern load: requests that were due within the timed window but not sent by its end, because earlier ones were still out: the rate was not met. Null for other patterns.';

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
  clock_step_ns: described(
    added(amount),
    'Clock step',
    'Nanoseconds between two values that the clock can show: no interval of a time is narrower than it over the batch.',
  ),
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
  counters: described(added(peers(countersSchema)), 'Counters', countersNote),
  buffers: described(added(buffersSchema), 'Buffers', buffersNote),
});
