import { describe, expect, it } from 'vitest';
import { aggregateCell } from '../../src/session/aggregate.js';
import { confirm, type GatePair, judge, parseGateRule } from '../../src/session/compare-gate.js';
import type { CellResult } from '../../src/store/schema.js';
import { cell, measurement, problem } from '../fixtures/measurements.js';

function result(medians: readonly number[], given = {}): CellResult {
  const outcomes = medians.map((median) => measurement([median - 1, median, median + 1]));
  return aggregateCell(cell(given), outcomes, { trials: 5, seed: 1 });
}

const base = result([1000, 1003, 998, 1001, 999]);
const slower = result([1100, 1104, 1098, 1102, 1099]);
const pair = (one: CellResult, by = base, paired = false): GatePair => ({
  side: 'now',
  reference: '@main',
  cell: one,
  by,
  paired,
});
const rtt = parseGateRule('rtt > 5%');

function only(rule: string, one: CellResult, by = base) {
  const gate = judge([parseGateRule(rule)], [pair(one, by)], [], 1);
  return { passed: gate.passed, ...gate.checks[0] };
}

describe('parseGateRule', () => {
  it.each([
    ['rtt > 5%', 'rtt', '>', 0.05],
    ['median>0.5%', 'rtt', '>', 0.005],
    ['P99 > 10 %', 'p99', '>', 0.1],
    ['p999 > 10%', 'p99.9', '>', 0.1],
    ['throughput < -5%', 'throughput', '<', -0.05],
    ['cpu > 0%', 'cpu', '>', 0],
  ])('reads %s', (text, metric, sign, threshold) => {
    expect(parseGateRule(text)).toMatchObject({ metric, sign, threshold });
  });

  it.each([
    ['rtt > 5', /isn't a rule/],
    ['rtt', /isn't a rule/],
    ['rtt >= 5%', /isn't a rule/],
    ['', /isn't a rule/],
    ['rtt > NaN%', /isn't a rule/],
    ['wall > 5%', /no figure "wall"/],
    ['rtt > -5%', /without any change/],
    ['throughput < 5%', /without any change/],
  ])('refuses %j', (text, message) => {
    expect(() => parseGateRule(text)).toThrow(message);
  });
});

describe('judge', () => {
  it('is exceeded when the change is beyond the threshold and its interval excludes none', () => {
    const check = only('rtt > 5%', slower);
    expect(check).toMatchObject({ passed: false, verdict: 'exceeded', failed: true });
    expect(check.change).toBeCloseTo(0.1, 2);
    expect(check.ci?.[0]).toBeGreaterThan(0.05);
  });

  it.each([
    ['a change within the threshold', 'rtt > 20%', slower],
    ['a change the other way', 'rtt > 5%', result([900, 901, 899, 902, 898])],
    ['an interval that includes no change', 'rtt > 5%', result([900, 1100, 1200, 1000, 1150])],
    ['a rate that went up', 'throughput < -5%', result([900, 901, 899, 902, 898])],
  ])('is within for %s', (_, rule, one) => {
    expect(only(rule, one)).toMatchObject({ passed: true, verdict: 'within', failed: false });
  });

  it('looks at rates, percentiles and processor time', () => {
    expect(only('throughput < -5%', slower).change).toBeCloseTo(1 / 1.1 - 1, 2);
    expect(only('p99 > 5%', slower).change).toBeCloseTo(0.1, 1);
    expect(only('cpu > 5%', slower).change).toBeCloseTo(0.1, 2);
  });

  it('is stricter about each of many checks', () => {
    const gate = judge([rtt, parseGateRule('cpu > 5%')], [pair(slower), pair(slower)], [], 1);
    expect(gate.level).toBeCloseTo(1 - 0.05 / 4, 12);
  });

  const failed = aggregateCell(cell(), [problem('failed', 'no luck')], { trials: 5, seed: 1 });
  const holes: CellResult = {
    ...base,
    per_trial: base.per_trial.map((trial) => ({ ...trial, median_ns: null, usage: null })),
  };
  const notANumber: CellResult = {
    ...base,
    per_trial: base.per_trial.map((trial) => ({ ...trial, p99_ns: Number.NaN })),
  };

  it.each([
    ['no figures', 'rtt > 5%', failed, base, /no figures: no luck/],
    ['no figures of the reference', 'rtt > 5%', base, failed, /the reference has no figures/],
    ['one trial', 'rtt > 5%', result([5]), base, /one trial/],
    ['medians that are missing', 'rtt > 5%', holes, base, /no trial/],
    ['usage that is missing', 'cpu > 5%', holes, base, /no trial/],
    ['NaN', 'p99 > 5%', notANumber, base, /no trial/],
    ['another pattern', 'rtt > 5%', result([1, 2], { pattern: 'stream' }), base, /patterns differ/],
    ['trials of zero', 'rtt > 5%', zeros(), base, /no interval/],
  ] as const)('never passes with %s', (_, rule, one, by, reason) => {
    const check = only(rule, one, by);
    expect(check).toMatchObject({ passed: false, verdict: 'no data', failed: true, change: null });
    expect(check.reason).toMatch(reason);
  });

  it('never passes without a pair, nor with a gap', () => {
    expect(judge([rtt], [], [], 1)).toMatchObject({ passed: false });
    const gap = { side: 'now', reference: '@main', cell: 'pipe', reason: 'now has no such cell' };
    const gate = judge([rtt], [pair(base)], [gap], 1);
    expect(gate.passed).toBe(false);
    expect(gate.checks.map(({ verdict }) => verdict)).toEqual(['within', 'no data']);
  });

  function zeros(): CellResult {
    return { ...base, per_trial: base.per_trial.map((trial) => ({ ...trial, median_ns: 0 })) };
  }
});

describe('a pair of one run', () => {
  /** Two levels of the machine, which both trials of a block meet. */
  const levels = [1000, 1400, 1000, 1390, 1010, 1400, 1400, 990, 1405, 1000, 1000];
  const plain = result(levels);
  const tenth = result(levels.map((level, i) => level * (1.1 + 0.001 * (i % 3))));
  const judged = (rule: string, paired: boolean) =>
    judge([parseGateRule(rule)], [pair(tenth, plain, paired)], [], 1).checks[0];

  it.each(['rtt > 5%', 'p99 > 5%', 'throughput < -5%', 'cpu > 5%'])(
    'breaks %s within blocks, where groups show nothing',
    (rule) => {
      expect(judged(rule, false)?.verdict).toBe('within');
      expect(judged(rule, true)?.verdict).toBe('exceeded');
    },
  );

  it('is judged by blocks in the rerun too', () => {
    const gate = judge([rtt], [pair(tenth, plain, true)], [], 1);
    const again = (one: CellResult) => confirm(gate, [rtt], [pair(one, plain, true)], 1);
    expect(again(tenth).checks[0]).toMatchObject({ confirmed: true, failed: true });
    expect(again(plain).checks[0]).toMatchObject({ confirmed: false, failed: false });
  });
});

describe('confirm', () => {
  const suspect = judge([rtt], [pair(slower)], [], 1);

  it.each([
    ['agrees', [pair(slower)], { confirmed: true, failed: true }, false],
    ['doesn’t', [pair(base)], { confirmed: false, failed: false }, true],
    ['has no such cell', [], { confirmed: false, failed: true }, false],
    ['has one trial', [pair(result([7]))], { confirmed: false, failed: true }, false],
  ])('a rerun that %s', (_, pairs, check, passed) => {
    const gate = confirm(suspect, [rtt], pairs, 1);
    expect(gate.passed).toBe(passed);
    expect(gate.checks[0]).toMatchObject(check);
  });

  it('without a rerun it stays failed, not confirmed', () => {
    expect(suspect.checks[0]).toMatchObject({ confirmed: null, rerun: null, failed: true });
  });

  it('changes nothing of what was within', () => {
    const fine = judge([rtt], [pair(base)], [], 1);
    expect(confirm(fine, [rtt], [pair(slower)], 1)).toEqual(fine);
  });
});
