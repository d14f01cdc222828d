import { z } from 'zod';
import { calibrationNote, calibrationSchema } from './schema-costs.js';
import { added, amount, count, described, maybeAmount } from './schema-fields.js';

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
    'Relative half-width of the 95 % confidence interval at which a cell has enough trials (0.01 = 1 %); null = a fixed number of trials.',
  ),
  precision_of: described(
    added(z.enum(['median', 'ratio'])),
    'Precision of',
    "Whose interval that is: that of the cell's median over trials, or that of the ratio within blocks of any two cells of one pattern and size, which stop together; null without a target precision.",
  ),
  max_time_ns: described(
    added(amount),
    'Longest time',
    'Nanoseconds of measuring after which no cell that has a trial gets another; null = no limit.',
  ),
  time_limit_ns: described(amount, 'Time limit', 'Nanoseconds after which a trial is ended.'),
  counters: described(
    added(z.boolean()),
    'Counters',
    'Whether performance counters were asked for.',
  ),
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
  calibration: described(added(calibrationSchema), 'Calibration', calibrationNote),
  calibration_note: described(
    added(z.string()),
    'Note on the calibration',
    'Why there is none; null where there is one.',
  ),
  split_resolution_us: described(
    added(amount),
    'Resolution of the split',
    'Microseconds between two ticks of the scheduler, at which kernels with tick accounting sample what is user and what is system time; null = not known.',
  ),
});
