import { z } from 'zod';
import { amount, count, described, maybeCount } from './schema-fields.js';

/** One side's use of the machine, as a cell has it. */
export const usageSchema = z.object({
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

/** The same of one trial. */
export const trialPeerSchema = usageSchema.extend({
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
