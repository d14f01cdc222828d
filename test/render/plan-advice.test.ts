import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderPlanAdvice } from '../../src/render/plan-advice.js';
import type { CellAdvice, PlanAdvice } from '../../src/session/plan-advice.js';

const PLACE = {
  parameters: null,
  options: {},
  placement: 'two-cores',
  client_cpu: 0,
  server_cpu: 1,
  wait: 'block',
  clients: 1,
} as const;

function row(given: Partial<CellAdvice>): CellAdvice {
  return {
    ...PLACE,
    probe: 'pipe',
    pattern: 'echo',
    size_bytes: 1,
    trials: 12,
    median_ns: 5214,
    between_trials: 0.0412,
    within_trial: 0.0123,
    as_measured: { window_ns: 500e6, trials: 105, time_ns: 69e9 },
    advised: { window_ns: 150e6, trials: 107, time_ns: 33e9 },
    reason: null,
    ...given,
  };
}

function none(given: Partial<CellAdvice>): CellAdvice {
  const figures = { between_trials: null, within_trial: null, as_measured: null, advised: null };
  return row({ ...figures, median_ns: null, ...given });
}

const advice: PlanAdvice = {
  run: '20261121T031500Z-7f3a',
  precision: 0.01,
  overhead_ns: 163.4e6,
  overhead_from: 'run',
  cells: [
    row({}),
    row({ size_bytes: 4096, trials: 5, between_trials: 0, within_trial: 0.12 }),
    row({
      probe: 'tcp',
      as_measured: { window_ns: 500e6, trials: null, time_ns: null },
      advised: { window_ns: 2e9, trials: 9000, time_ns: 2e13 },
    }),
    none({ probe: 'vsock', trials: 0, reason: 'bind to the loopback CID: no such address' }),
  ],
};

describe('renderPlanAdvice', () => {
  test.each([80, 120])('at %i columns', async (width) => {
    const text = renderPlanAdvice(advice, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/plan-advice-${width}.txt`);
  });

  test('what every row shares is said above where there is little room', () => {
    const narrow = renderPlanAdvice(advice, { width: 80 });
    expect(narrow.split('\n')[0]).toBe('wait block · placement two-cores');
    expect(renderPlanAdvice(advice, { width: 200 })).toMatch(/^mechanism +size +placement/);
  });

  test('colour changes no character', () => {
    const coloured = renderPlanAdvice(advice, { color: true });
    expect(coloured).not.toBe(renderPlanAdvice(advice));
    expect(stripVTControlCharacters(coloured)).toBe(renderPlanAdvice(advice));
  });

  test('where the costs are from', () => {
    const from = (overhead_from: PlanAdvice['overhead_from']) =>
      renderPlanAdvice({ ...advice, overhead_from });
    expect(from('asked')).toContain('as given');
    expect(from('assumed')).toContain('--start-up');
  });

  test('nothing to advise on', () => {
    expect(renderPlanAdvice({ ...advice, cells: [] })).toBe(
      'No results in 20261121T031500Z-7f3a.\n',
    );
  });
});
