import { z } from 'zod';
import { buffersNote, buffersSchema } from './schema-buffers.js';
import { bcopyNote, bcopySchema, countersNote, countersSchema } from './schema-costs.js';
import { added, count, described, maybeAmount, maybeCount, peers } from './schema-fields.js';
import { outlierNote, outliersSchema, timesSchema } from './schema-times.js';
import {
  grantedNote,
  grantedPeerSchema,
  trialSchema,
  unsentNote,
  windowNote,
} from './schema-trial.js';
import { usageSchema } from './schema-usage.js';

/** What was asked of a pattern beside the size. */
export const parametersSchema = z.object({
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
  bcopy: described(added(bcopySchema), 'Copying', bcopyNote),
  counters: described(
    added(peers(countersSchema)),
    'Counters',
    `${countersNote} Sums over the trials; an event that one of them lacks is null.`,
  ),
  buffers: described(
    added(buffersSchema),
    'Buffers',
    `${buffersNote} Of all trials: the largest peak, means weighted by time, and sums.`,
  ),
  outliers: described(outliersSchema.nullable(), 'Outliers', outlierNote),
  per_trial: described(z.array(trialSchema), 'Trials', 'The trials of the cell, by repetition.'),
});
