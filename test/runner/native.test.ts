import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { NativeRunner, parseDescription } from '../../src/runner/native.js';
import { PAGE_LAYOUT, PAGE_VERSION } from '../../src/runner/page-layout.js';
import type { TrialProgress } from '../../src/runner/types.js';
import { makeOptions, makeTrial } from '../support/trial.js';

describe('parseDescription', () => {
  const description = {
    page_version: PAGE_VERSION,
    page_bytes: PAGE_LAYOUT.bytes,
    compiler: 'gcc 12',
    probes: [
      {
        name: 'pipe',
        patterns: ['echo'],
        waits: ['block'],
        options: ['ready'],
        size_min: 1,
        size_max: 8,
        available: true,
        reason: null,
        remedy: null,
      },
    ],
  };

  it('reads probes and compiler', () => {
    expect(parseDescription(JSON.stringify(description))).toEqual({
      compiler: 'gcc 12',
      probes: [
        {
          name: 'pipe',
          patterns: ['echo'],
          waits: ['block'],
          options: ['ready'],
          sizeMin: 1,
          sizeMax: 8,
          available: true,
          reason: null,
          remedy: null,
        },
      ],
    });
  });

  it.each([{ page_version: PAGE_VERSION + 1 }, { page_bytes: 8 }])(
    'refuses another results page: %j',
    (changes) => {
      const text = JSON.stringify({ ...description, ...changes });
      expect(() => parseDescription(text)).toThrow(UserError);
    },
  );
});

describe('NativeRunner', () => {
  it('says what to do when the native part is not built', async () => {
    const runner = new NativeRunner('/nonexistent/ipcbench-peer');
    await expect(runner.describe()).rejects.toThrow(UserError);
    await expect(runner.sweep()).rejects.toMatchObject({
      nextSteps: ['Build the native part: npm run build:native'],
    });
  });

  it('knows a native part for every descriptor, and the other way round', async () => {
    const { probes } = await new NativeRunner().describe();
    const described = probeDescriptors.map((probe) => probe.name).sort();
    expect(probes.map((probe) => probe.name).sort()).toEqual(described);
  });

  it('reports progress when asked to', async () => {
    const seen: TrialProgress[] = [];
    const outcome = await new NativeRunner().run(
      makeTrial(),
      makeOptions({ durationNs: 900e6, onProgress: (progress) => seen.push(progress) }),
    );
    expect(outcome.status).toBe('ok');
    expect(seen.length).toBeGreaterThanOrEqual(2);
    const ops = seen.filter((progress) => progress.phase === 'timed').map(({ ops }) => ops);
    expect(ops.at(-1)).toBeGreaterThan(0);
  });

  it('stops a trial within half a second', async () => {
    const abort = new AbortController();
    const running = new NativeRunner().run(
      makeTrial(),
      makeOptions({ durationNs: 20e9, timeLimitNs: 60e9, signal: abort.signal }),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const asked = performance.now();
    abort.abort();
    expect((await running).status).toBe('stopped');
    expect(performance.now() - asked).toBeLessThan(500);
  });

  it('does not start a trial that is already aborted in earnest', async () => {
    const outcome = await new NativeRunner().run(
      makeTrial(),
      makeOptions({ durationNs: 20e9, timeLimitNs: 60e9, signal: AbortSignal.abort() }),
    );
    expect(outcome.status).toBe('stopped');
  });
});
