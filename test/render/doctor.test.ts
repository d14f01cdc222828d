import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/host/doctor.js';
import { renderDoctor } from '../../src/render/doctor.js';
import { renderTuning } from '../../src/render/doctor-tune.js';

const FINDINGS: readonly Finding[] = [
  {
    check: 'clocksource',
    verdict: 'bad',
    reason: 'hpet, read by a system call or from a device',
    effect: 'Each reading of a slow clock adds up to microseconds to a sample.',
    advice: 'See in dmesg why the kernel gave up the TSC.',
  },
  {
    check: 'turbo',
    verdict: 'warn',
    reason: 'on',
    effect: 'Trials drift.',
    advice: 'ipcbench tune',
  },
  { check: 'swap', verdict: 'ok', reason: 'none', effect: 'Milliseconds.', advice: null },
  {
    check: 'power',
    verdict: 'not available',
    reason: "power_supply can't be read",
    effect: 'Lower frequencies.',
    advice: null,
  },
];

describe('renderDoctor', () => {
  test('explains what is not in order, and counts', () => {
    expect(renderDoctor(FINDINGS, { width: 60 })).toBe(`\
bad   clocksource  hpet, read by a system call or from a
                   device
                   Each reading of a slow clock adds up to
                   microseconds to a sample.
                   What helps: See in dmesg why the kernel
                   gave up the TSC.
warn  turbo        on
                   Trials drift.
                   What helps: ipcbench tune
ok    swap         none
?     power        not available: power_supply can't be read

1 bad, 1 warn, 1 ok, 1 not available: figures measured now are not to be trusted
`);
  });

  test('does not say that all is well when nothing could be read', () => {
    const text = renderDoctor(FINDINGS.filter(({ verdict }) => verdict === 'not available'));
    expect(text).toContain('1 not available: nothing is known of this machine');
  });

  test('colour changes nothing but the emphasis', () => {
    const coloured = renderDoctor(FINDINGS, { color: true });
    expect(stripVTControlCharacters(coloured)).toBe(renderDoctor(FINDINGS));
  });
});

describe('renderTuning', () => {
  test('has a line for each setting', () => {
    const moved = { kind: 'turbo', subject: 'all processors', before: '0', after: '1' } as const;
    const text = renderTuning([
      { ...moved, state: 'changed', reason: null },
      { ...moved, state: 'failed', reason: 'refused: x (EBUSY)' },
      { ...moved, state: 'unchanged', reason: null },
      {
        kind: 'interrupts',
        subject: 'interrupt 24',
        state: 'planned',
        before: '0-3',
        after: '0',
        reason: null,
      },
    ]);
    expect(text).toBe(`\
changed    turbo, all processors  0 to 1
failed     turbo, all processors  0 to 1: refused: x (EBUSY)
unchanged  turbo, all processors  as it was
planned    interrupt 24           0-3 to 0
`);
  });
});
