import { z } from 'zod';
import { amount, count, described, maybeAmount } from './schema-fields.js';

/** What one copy of so many bytes costs. */
const copyCostSchema = z.object({
  bytes: described(z.int().positive(), 'Bytes', 'Length of the copy.'),
  warm_ns: described(
    amount,
    'Warm',
    "Nanoseconds of one copy whose source and target are in the cache of the processor's own core.",
  ),
  cross_ns: described(
    maybeAmount,
    'From the other processor',
    'Nanoseconds of one copy whose source another processor has just written; null where there is one processor only.',
  ),
});

/** What the machine's primitives cost, measured before a run's first trial. */
export const calibrationSchema = z.object({
  at: described(z.iso.datetime(), 'At', 'When it was measured: UTC, ISO 8601.'),
  took_ms: described(amount, 'Took', 'Milliseconds that measuring it took.'),
  processors: described(
    z.array(count),
    'Processors',
    'Numbers of the processors that it was measured on: first the one that worked where one was enough, then the other one, if there is one.',
  ),
  clock_ns: described(amount, 'Clock', 'Nanoseconds of one reading of the clock.'),
  system_call_ns: described(
    amount,
    'System call',
    'Nanoseconds of a system call that does next to nothing (getppid).',
  ),
  ping_pong_ns: described(
    maybeAmount,
    'Ping-pong',
    'Nanoseconds for a cache line to go to another processor and back; null where there is one only.',
  ),
  futex_ns: described(
    z.object({
      same_core_ns: described(
        maybeAmount,
        'On one processor',
        'Nanoseconds there and back, both on one processor; null = not measured.',
      ),
      two_cores_ns: described(
        maybeAmount,
        'On two processors',
        'Nanoseconds there and back between two processors; null = not measured.',
      ),
    }),
    'Futex',
    'Handing control over by a futex, asleep in between.',
  ),
  copies: described(
    z.array(copyCostSchema),
    'Copies',
    'The cost of one copy (memcpy, as the probes use it) by its length.',
  ),
});

export const calibrationNote =
  'What the clock, a system call, a hand-off and a copy cost on this machine, measured once, before the first trial; null where that was not wanted or did not succeed.';

/** What copying alone takes of an operation. */
export const bcopySchema = z.object({
  copies: described(count, 'Copies', 'Copies of payload per operation, by peers and kernel.'),
  bytes: described(count, 'Bytes', 'Bytes that these copies move: the sum of their lengths.'),
  source: described(
    z.enum(['warm', 'cross']),
    'Source',
    'Which cost of a copy counts. warm: the peers share a processor. cross: they have two; then of each message the copies into and out of what is handed over, two at most, cost as copies from the other processor, and any others as warm ones.',
  ),
  floor_ns: described(
    amount,
    'Floor',
    "Nanoseconds that the copies of one operation take: their number by the run's calibration, between its lengths by logarithms.",
  ),
  share: described(
    maybeAmount,
    'Share',
    'The floor over the mean time of one operation. Above 1 where copies overlap, or go piece by piece through memory that stays in a cache. Null without a time.',
  ),
});

export const bcopyNote =
  'The least that copying takes, and its share of the elapsed time; null for operations that move no payload, mechanisms whose copies are not known, and runs without a calibration.';

/** Values of performance events, summed over the timed windows; null = not available here. */
const eventFields = {
  cycles_user: described(maybeAmount, 'Cycles, user', 'Processor cycles in user mode.'),
  cycles_kernel: described(maybeAmount, 'Cycles, kernel', 'Processor cycles in the kernel.'),
  instructions_user: described(maybeAmount, 'Instructions, user', 'Instructions in user mode.'),
  instructions_kernel: described(
    maybeAmount,
    'Instructions, kernel',
    'Instructions in the kernel.',
  ),
  cache_references: described(maybeAmount, 'Cache references', 'Uses of the last-level cache.'),
  cache_misses: described(maybeAmount, 'Cache misses', 'Misses of the last-level cache.'),
  dtlb_load_misses: described(maybeAmount, 'TLB misses', 'Loads that missed the data TLB.'),
  branch_misses: described(maybeAmount, 'Branch misses', 'Branches that were mispredicted.'),
  task_clock_ns: described(
    maybeAmount,
    'Task clock',
    'Nanoseconds of processor time as the scheduler counts it, to hold against user and system time.',
  ),
  page_faults_user: described(maybeAmount, 'Page faults, user', 'Page faults in user mode.'),
  page_faults_kernel: described(maybeAmount, 'Page faults, kernel', 'Page faults in the kernel.'),
  context_switches: described(maybeAmount, 'Context switches', 'Of both kinds.'),
};

/** One peer's performance counters. */
export const countersSchema = z.object({
  error: described(
    count,
    'Error',
    'errno of the first event that could not be opened; 0 when all could.',
  ),
  enabled_ns: described(amount, 'Enabled', 'Nanoseconds for which the events were to be counted.'),
  running_ns: described(
    amount,
    'Running',
    'Nanoseconds for which they were counted. Less than that: there were too few counters, they took turns, and the values are scaled up.',
  ),
  ...eventFields,
});

export const countersNote =
  'Performance events of all threads of each peer over exactly the timed window (perf_event_open); null unless asked for (--counters).';
