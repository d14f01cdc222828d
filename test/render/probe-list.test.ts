import { describe, expect, it } from 'vitest';
import { listProbes } from '../../src/plan/listing.js';
import pipe from '../../src/probes/pipe.js';
import { renderProbeList } from '../../src/render/probe-list.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';

const render = async (probe: Parameters<typeof fakeProbe>[1], width?: number) =>
  renderProbeList(await listProbes([pipe], new FakeRunner([fakeProbe('pipe', probe)])), width);

describe('renderProbeList', () => {
  it('says what a probe is and what bounds it', async () => {
    const text = await render({ sizeMax: 8192, reason: 'a limit' });
    expect(text).toContain('pipe          pipes: available');
    expect(text).toContain('sizes 1 to 8k (a limit); waits block, spin, adaptive');
    expect(text).toContain('1 of 1 probes are available here.');
  });

  it('says why a probe is not available and what enables it', async () => {
    const text = await render({ available: false, reason: 'no kernel support', remedy: 'load it' });
    expect(text).toContain('not available: no kernel support (load it)');
    expect(text).toContain('0 of 1 probes are available here.');
  });

  it('keeps to the width', async () => {
    const lines = (await render({}, 60)).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });
});
