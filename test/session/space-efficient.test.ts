import { describe, expect, test } from 'vitest';
import { renderSpaceEfficient } from '../../src/render/space-efficient.js';
import { reproduceSpaceEfficient } from '../../src/session/space-efficient.js';
import type { BuffersRecord, CellResult, ResultDocument } from '../../src/store/schema.js';

function buffers(values: Partial<BuffersRecord>): BuffersRecord {
  const none = { waits: 0, failures: 0, overflows: 0, sampled_mean: 0 };
  const base = { buffer_bytes: 5120, peak: 3, peak_bytes: 15360, mean: 2, mean_bytes: 10240 };
  return { ...base, ...none, holdings: 200, holding_ns: 1e6, span_ns: 1e8, ...values };
}

const usage = { client: { ops: 100 }, server: { ops: 100 } };

/** A cell as far as it is looked at. */
function cell(options: Record<string, string>, values: Partial<CellResult>): CellResult {
  const rtt_ns = { median: 1e7, mean: 1e7, ci95: null };
  const rest = { status: 'ok', reason: null, remedy: null, ops_per_s: 1000, usage, rtt_ns };
  const place = { placement: 'free', wait: 'block', per_trial: [] };
  return { ...rest, ...place, options, buffers: buffers({}), ...values } as unknown as CellResult;
}

function document(results: CellResult[]): ResultDocument {
  const plan = { trials: 1, duration_ns: 1e8, precision: null, min_trials: null };
  const run = { id: 'x', seed: 1, complete: true, plan, harness: {}, host: {} };
  return { schema: 1, run, results } as unknown as ResultDocument;
}

const long = (release: string, threads: number, exhausted = 'grow') => ({
  asleep: '10ms',
  buffers: release,
  threads: String(threads),
  exhausted,
});

describe('space-efficient', () => {
  test('expects of a mean what rate and holding time make', () => {
    const space = reproduceSpaceEfficient(document([cell(long('hold', 4), {})]));
    const row = space.policies[0]?.rows.find(({ threads }) => threads === 4);
    const hold = row?.entries[1];
    // 200 holdings of 1 ms in 100 ms.
    expect(hold).toMatchObject({ release: 'hold', mean: 2, expected: 2, off: 0, inside: 10 });
    expect(row?.entries[0]).toMatchObject({ release: 'early', status: 'failed', mean: null });
  });

  test('a mean without a timed holding has nothing to be compared with', () => {
    const one = cell(long('early', 1), { buffers: buffers({ holding_ns: null }) });
    const [entry] = reproduceSpaceEfficient(document([one])).policies[0]?.rows[0]?.entries ?? [];
    expect(entry).toMatchObject({ mean: 2, expected: null, off: null });
  });

  test('finds from how many threads on most calls wait', () => {
    const waiting = (release: string, threads: number, waits: number) =>
      cell(long(release, threads, 'wait'), { buffers: buffers({ waits }) });
    const results = [
      waiting('hold', 32, 40),
      waiting('hold', 64, 90),
      waiting('early', 64, 5),
      waiting('early', 128, 49),
    ];
    expect(reproduceSpaceEfficient(document(results)).crossover).toEqual({
      hold_from_threads: 64,
      early_from_threads: null,
    });
  });

  test('has a table for each policy, and says what is missing', () => {
    const results = [cell(long('early', 1), {})];
    const text = renderSpaceEfficient(
      reproduceSpaceEfficient(document(results)),
      document(results),
    );
    expect(text).toContain('(grow)');
    expect(text).toContain('(fail)');
    expect(text).toMatch(/1 +early +3 +15 KiB +2 +2 +0\.0 %/);
    expect(text).toMatch(/hold +failed: the run was interrupted before it/);
    expect(text).toContain('hold not up to 256 threads');
  });
});
