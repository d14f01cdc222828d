import type { ResultDocument } from '../../src/store/schema.js';

/** Fields that came into schema version 1 after its first release. */
const OF_CELLS = [
  'parameters',
  'client_cpu',
  'server_cpu',
  'message_ns',
  'connect_ns',
  'response_ns',
  'service_time_ns',
  'unsent_ops',
  'stream_window',
  'granted',
  'stopped',
  'bcopy',
  'counters',
  'buffers',
];
const OF_TRIALS = [
  'stream_window',
  'unsent_ops',
  'granted',
  'service_time',
  'environment_bytes',
  'steadiness',
  'fast_sockets',
  'counters',
  'buffers',
];
const OF_PLANS = ['min_trials', 'precision', 'max_time_ns', 'counters'];
const OF_RUNS = ['calibration', 'calibration_note', 'split_resolution_us'];

/** A document as an older version wrote it. */
export function withoutAddedFields(document: ResultDocument): object {
  const results = document.results.map((cell) => ({
    ...without(cell, OF_CELLS),
    per_trial: cell.per_trial.map((trial) => without(trial, OF_TRIALS)),
  }));
  const plan = document.run.plan && without(document.run.plan, OF_PLANS);
  return { ...document, run: { ...without(document.run, OF_RUNS), plan }, results };
}

function without(record: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
