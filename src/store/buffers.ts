import type { BuffersRecord, TrialRecord } from './schema.js';

/**
 * The buffers of a cell from those of its trials: the largest peak, means weighted by time, and
 * sums. Null unless all trials have them.
 */
export function buffersOfTrials(
  trials: readonly Pick<TrialRecord, 'buffers'>[],
): BuffersRecord | null {
  const all = trials.flatMap(({ buffers }) => (buffers === null ? [] : [buffers]));
  const [first] = all;
  if (first === undefined || all.length < trials.length) return null;
  const sum = (of: (one: BuffersRecord) => number) =>
    all.reduce((total, one) => total + of(one), 0);
  const span = sum((one) => one.span_ns);
  const holdings = sum((one) => one.holdings);
  const weighted = (of: (one: BuffersRecord) => number) =>
    span === 0 ? 0 : sum((one) => of(one) * one.span_ns) / span;
  const peak = Math.max(...all.map((one) => one.peak));
  const mean = weighted((one) => one.mean);
  return {
    buffer_bytes: first.buffer_bytes,
    peak,
    peak_bytes: peak * first.buffer_bytes,
    mean,
    mean_bytes: mean * first.buffer_bytes,
    sampled_mean: weighted((one) => one.sampled_mean),
    holdings,
    holding_ns: all.some((one) => one.holding_ns === null)
      ? null
      : holdings === 0
        ? null
        : sum((one) => (one.holding_ns ?? 0) * one.holdings) / holdings,
    span_ns: span,
    waits: sum((one) => one.waits),
    failures: sum((one) => one.failures),
    overflows: sum((one) => one.overflows),
  };
}
