import { describe, expect, it } from 'vitest';
import {
  activityBetween,
  type Counters,
  parseDeviceInterrupts,
  parseProcessorTimes,
} from '../../src/host/activity.js';

const STAT = `cpu  30 0 0 30 0 0 0 0 0 0
cpu0 10 1 2 70 5 3 4 5 9 0
cpu1 20 0 0 80 0 0 0 0 0 0
intr 12 0
`;

describe('parseProcessorTimes', () => {
  it('sums the processors that count, without guest times', () => {
    expect(parseProcessorTimes(STAT, [0])).toEqual({ total: 100, idle: 75, steal: 5 });
    expect(parseProcessorTimes(STAT, null)).toEqual({ total: 200, idle: 155, steal: 5 });
  });

  it.each([null, '', 'cpu0 1 2 3\n', 'cpu0 a b c d e f g h\n'])('is null for %j', (text) => {
    expect(parseProcessorTimes(text, null)).toBeNull();
  });

  it('is null when no processor counts', () => {
    expect(parseProcessorTimes(STAT, [7])).toBeNull();
  });
});

describe('parseDeviceInterrupts', () => {
  const text = '      CPU0  CPU2\n 24:  1  20  IO-APIC 5-edge  eth0\n 25:  2  30 x\nLOC:  99 99\n';

  it('sums the numbered lines over the processors that count', () => {
    expect(parseDeviceInterrupts(text, null)).toBe(53);
    expect(parseDeviceInterrupts(text, [2])).toBe(50);
  });

  it('is null without a heading', () => {
    expect(parseDeviceInterrupts(null, null)).toBeNull();
    expect(parseDeviceInterrupts('', null)).toBeNull();
  });
});

describe('activityBetween', () => {
  const before: Counters = {
    atMs: 1000,
    processors: { total: 1000, idle: 900, steal: 10 },
    interrupts: 100,
    swappedPages: 7,
    throttled: 2,
  };

  it('gives shares and rates of the interval', () => {
    const after: Counters = {
      atMs: 1500,
      processors: { total: 1200, idle: 1020, steal: 20 },
      interrupts: 150,
      swappedPages: 9,
      throttled: 3,
    };
    expect(activityBetween(before, after)).toEqual({
      interval_ms: 500,
      busy: 0.35,
      steal: 0.05,
      steal_since_boot: 20 / 1200,
      interrupts_per_s: 100,
      swapped_pages: 2,
      throttled: 1,
      throttled_since_boot: 3,
    });
  });

  it('is null, not 0, for what was not counted, and where no tick has passed', () => {
    const none: Counters = {
      ...{ atMs: 1500, interrupts: null, swappedPages: null, throttled: null },
      processors: before.processors,
    };
    expect(activityBetween(before, none)).toMatchObject({
      busy: null,
      steal: null,
      interrupts_per_s: null,
      swapped_pages: null,
      throttled: null,
    });
  });
});
