import { z } from 'zod';
import { amount, count, described, maybeAmount } from './schema-fields.js';

/** What became of the buffers that the peers share. */
export const buffersSchema = z.object({
  buffer_bytes: described(count, 'Size', 'Bytes of one buffer.'),
  peak: described(
    count,
    'Peak',
    'Buffers that were in use at some time in the timed window. The lowest free one is always taken, so it is the memory that was needed.',
  ),
  peak_bytes: described(count, 'Peak in bytes', 'Their bytes.'),
  mean: described(amount, 'Mean', 'Buffers in use, weighted by time.'),
  mean_bytes: described(amount, 'Mean in bytes', 'Their bytes.'),
  sampled_mean: described(
    amount,
    'Sampled mean',
    'Buffers in use on average at moments that did not depend on the load.',
  ),
  holdings: described(count, 'Holdings', 'Buffers that were taken, each time they were.'),
  holding_ns: described(
    maybeAmount,
    'Holding time',
    'Nanoseconds from taking a buffer to freeing it, on average; null when none was timed.',
  ),
  span_ns: described(amount, 'Span', 'Nanoseconds that the means are over.'),
  waits: described(count, 'Waits', 'Callers that waited for a buffer.'),
  failures: described(count, 'Failures', 'Calls that were refused for want of a buffer.'),
  overflows: described(
    count,
    'Overflows',
    'Results that found no buffer and took the way of large ones.',
  ),
});

export const buffersNote =
  'Probe doors with --buffers or --exhausted: use of the buffers that carry arguments and results over the timed window. Null for others.';
