import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAttribution } from '../../src/collect/attribution.js';
import { parsePerfScript } from '../../src/collect/perf-script.js';
import { attributeSamples, foldedStack } from '../../src/collect/samples.js';
import type { TrialMeasurement } from '../../src/runner/types.js';
import { measurement, usage } from '../fixtures/measurements.js';

const text = readFileSync(new URL('../fixtures/collect/perf-script.txt', import.meta.url), 'utf8');
const PERIOD_NS = 500_000;

function sample(pid: number, timeNs: number, ...frames: string[]): string {
  const seconds = `${Math.floor(timeNs / 1e9)}.${String(timeNs % 1e9).padStart(9, '0')}`;
  const lines = frames.map((name) => `\tffffffff81000000 ${name}`);
  return [`${String(pid).padStart(5)}/${pid} [000] ${seconds}: `, ...lines, ''].join('\n');
}

function trial(): TrialMeasurement {
  const window = { beginNs: 1e9, endNs: 2e9 };
  return measurement([1000], {
    client: { ...usage(1, 1e9, 0.5), pid: 10, ...window },
    server: { ...usage(1, 1e9, 0.5), pid: 11, ...window },
  });
}

const attribute = (script: string, of = trial()) =>
  attributeSamples(parsePerfScript(script), of, readAttribution(), PERIOD_NS);

describe('perf script', () => {
  it('is read: process, processor, time and call chain', () => {
    const { samples, lost } = parsePerfScript(
      sample(7, 33765448033460, 'read_zero ([kernel.kallsyms])', 'read (/lib/libc.so.6)'),
    );
    expect(lost).toBe(0);
    expect(samples).toEqual([
      {
        pid: 7,
        tid: 7,
        cpu: 0,
        timeNs: 33765448033460,
        frames: [
          { symbol: 'read_zero', object: '[kernel.kallsyms]' },
          { symbol: 'read', object: '/lib/libc.so.6' },
        ],
      },
    ]);
  });

  it('a name may hold blanks and brackets, an object blanks', () => {
    const [first] = parsePerfScript(sample(1, 5, 'operator new(int) (/tmp/a b (deleted))')).samples;
    expect(first?.frames).toEqual([{ symbol: 'operator new(int)', object: '/tmp/a b (deleted)' }]);
  });

  it('tells how many samples were lost', () => {
    const line = '  0/0 [001] 5.000000000: PERF_RECORD_LOST lost 12\n';
    expect(parsePerfScript(line).lost).toBe(12);
  });

  it('refuses what is none', () => {
    expect(() => parsePerfScript('failed to open perf.data\n')).toThrow("can't read");
  });

  it('of a real recording is read whole', () => {
    const heads = text.split('\n').filter((line) => /^\s*\d+\/\d+/.test(line));
    expect(parsePerfScript(text).samples).toHaveLength(heads.length);
  });
});

describe('samples of a trial', () => {
  const copy = '_copy_to_iter ([kernel.kallsyms])';
  const loop = 'repeat_messages (/opt/ipcbench-peer)';

  it('are a side’s when they are its process’s and in its window', () => {
    const { sides } = attribute(
      [
        sample(10, 0.9e9, copy),
        sample(10, 1.5e9, copy),
        sample(10, 1.6e9, loop),
        sample(11, 1.7e9, loop),
        sample(10, 2.1e9, copy),
        sample(0, 1.2e9, 'default_idle ([kernel.kallsyms])'),
      ].join('\n'),
    );
    expect(sides.client).toMatchObject({ samples: 2, userNs: PERIOD_NS, systemNs: PERIOD_NS });
    expect(sides.client.classNs).toMatchObject({
      'kernel-copy': PERIOD_NS,
      application: PERIOD_NS,
      unattributed: 0,
    });
    expect(sides.server).toMatchObject({ samples: 1, systemNs: 0 });
  });

  it('classes add up to user and system time', () => {
    const of = trial();
    const { sides } = attribute(text, {
      ...of,
      client: { ...of.client, pid: 1001, beginNs: 0, endNs: 1e18 },
      server: { ...of.server, pid: 2001, beginNs: 0, endNs: 1e18 },
    });
    for (const side of [sides.client, sides.server]) {
      const sum = Object.values(side.classNs).reduce((all, ns) => all + ns, 0);
      expect(side.samples).toBeGreaterThan(5);
      expect(sum).toBeCloseTo(side.userNs + side.systemNs);
      expect([...side.stacks.values()].reduce((all, ns) => all + ns, 0)).toBeCloseTo(sum);
    }
  });

  it('tell how much of the processors went to others', () => {
    const script = [sample(10, 1.5e9, loop), sample(99, 1.6e9, loop), sample(0, 1.7e9, loop)];
    expect(attribute(script.join('\n')).othersShare).toBeCloseTo(1 / 3);
  });

  it('that no rule attributes are named', () => {
    const { sides } = attribute(sample(10, 1.5e9, 'main (/usr/bin/dd)'));
    expect([...sides.client.unattributed]).toEqual([['main', PERIOD_NS]]);
  });

  it('fold outermost first, without frames that are none', () => {
    const frames = [
      { symbol: 'tcp_ack', object: '[kernel.kallsyms]' },
      { symbol: 'read', object: '/lib/libc.so.6' },
      { symbol: '[unknown]', object: '[unknown]' },
      { symbol: 'a;b', object: '/opt/ipcbench-peer' },
    ];
    expect(foldedStack(frames)).toBe('a:b;read;tcp_ack_[k]');
  });
});
