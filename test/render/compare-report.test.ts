import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderGate } from '../../src/render/compare-report.js';
import type { Gate, GateCheck } from '../../src/session/compare-gate.js';

const change = { verdict: 'exceeded' as const, change: 0.123, ci: [0.08, 0.15] as const };
const exceeded: GateCheck = {
  ...change,
  ...{ rule: 'rtt > 5%', metric: 'rtt', side: 'pipe', reference: '@main' },
  ...{ cell: 'pipe, 1 B, free, block', reason: null, rerun: null, confirmed: null, failed: true },
};
const within: GateCheck = { ...exceeded, verdict: 'within', failed: false };
const gate = (...checks: GateCheck[]): Gate => ({
  passed: checks.every(({ failed }) => !failed),
  level: 0.95,
  checks,
});

describe('renderGate', () => {
  test('passed', () => {
    expect(renderGate(gate(within, within))).toBe(
      'Gate (rtt > 5%) passed: 2 of 2 checks within their rule.\n',
    );
  });

  test.each<[string, Partial<GateCheck>, string]>([
    ['not confirmed', {}, 'is +12 % [+8 .. +15] against @main; not confirmed'],
    [
      'confirmed',
      { rerun: { ...change, reason: null }, confirmed: true },
      'a rerun confirms it: +12 % [+8 .. +15].',
    ],
    [
      'refuted',
      { rerun: { ...change, verdict: 'within', reason: null }, confirmed: false, failed: false },
      'a rerun doesn’t agree: +12 %',
    ],
    [
      'no data',
      { verdict: 'no data', change: null, ci: null, reason: 'it has one trial' },
      'no data: it has one trial.',
    ],
  ])('%s', (_, given, words) => {
    const check = { ...exceeded, ...given };
    const text = renderGate(gate(within, check), { width: 400 });
    expect(text).toContain(`rtt > 5%) ${check.failed ? 'failed' : 'passed'}: 1 of 2`);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(words);
    const coloured = renderGate(gate(within, check), { width: 400, color: true });
    expect(stripVTControlCharacters(coloured)).toBe(text);
  });
});
