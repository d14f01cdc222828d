import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { listProbes, type ProbeListing } from '../../src/plan/listing.js';
import { renderProbeDetails } from '../../src/render/probe-details.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import type { NativeProbe } from '../../src/runner/types.js';

async function listed(name: string, changes: Partial<NativeProbe> = {}): Promise<ProbeListing> {
  const descriptors = probeDescriptors.filter((probe) => probe.name === name);
  const [probe] = await listProbes(descriptors, new FakeRunner([fakeProbe(name, changes)]));
  return probe as ProbeListing;
}

describe('renderProbeDetails', () => {
  it('tells everything there is', async () => {
    const probe = await listed('sysv-msg', {
      sizeMax: 8192,
      reason: 'kernel.msgmax is 8192 bytes',
      remedy: 'raise the limit as root: sysctl kernel.msgmax=BYTES',
    });
    const text = renderProbeDetails(probe);
    await expect(text).toMatchFileSnapshot('../fixtures/golden/show-sysv-msg.txt');
  });

  it('says why a probe is not available and what helps', async () => {
    const away = { available: false, reason: 'no loopback', remedy: 'modprobe vsock_loopback' };
    const text = renderProbeDetails(await listed('vsock', away));
    expect(text).toContain('  not available: no loopback\n  what helps: modprobe vsock_loopback');
    expect(text).not.toContain('sizes');
  });

  it('tells the costs of the wait policies that there are', async () => {
    const probe = await listed('onc-rpc-tcp', { waits: ['block'] });
    expect(renderProbeDetails(probe)).toContain('2 by the kernel, 2 in user mode');
    expect(renderProbeDetails(probe)).not.toContain('spin');
    const ring = renderProbeDetails(await listed('shm-ring'));
    expect(ring).toContain(
      'system calls per round trip, both peers together: block varies, spin 0',
    );
    expect(renderProbeDetails(await listed('null'))).toContain('one way: none');
  });

  it('still has the facts of a probe that is not compiled', async () => {
    const [pipe] = await listProbes(
      probeDescriptors.filter(({ name }) => name === 'pipe'),
      new FakeRunner([]),
    );
    const text = renderProbeDetails(pipe as ProbeListing);
    expect(text).toContain('not available: not compiled into the native part');
    expect(text).not.toContain('Offers');
    expect(text).toContain('[ pipe for requests ]');
  });

  it.each(probeDescriptors.map(({ name }) => name))('%s fits into 80 columns', async (name) => {
    const text = renderProbeDetails(await listed(name));
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80);
    const coloured = renderProbeDetails(await listed(name), { color: true });
    expect(stripVTControlCharacters(coloured)).toBe(text);
  });
});
