import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { listProbes } from '../../src/plan/listing.js';
import { renderProbeList } from '../../src/render/probe-list.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import type { NativeProbe } from '../../src/runner/types.js';

/** All probes on a made-up machine, some of them changed. */
async function listing(changes: Readonly<Record<string, Partial<NativeProbe>>> = {}) {
  const native = probeDescriptors.map(({ name }) => fakeProbe(name, changes[name]));
  return listProbes(probeDescriptors, new FakeRunner(native));
}

describe('renderProbeList', () => {
  it('fits into 100 columns with every column', async () => {
    const text = renderProbeList(await listing());
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100);
    for (const heading of ['probe', 'what it is', 'patterns', 'waits', 'sizes to']) {
      expect(lines[0]).toContain(heading);
    }
  });

  it('has the families in the order of tables', async () => {
    const titles = renderProbeList(await listing()).match(/^[A-Z].*$/gm);
    expect(titles?.slice(0, 4)).toEqual(['Reference', 'Pipes', 'Sockets', 'System V']);
  });

  it('says what a probe offers', async () => {
    const some = { patterns: ['echo'], waits: ['block'], sizeMax: 8192 };
    const text = renderProbeList(await listing({ 'sysv-msg': some }));
    expect(text).toMatch(/^ sysv-msg +System V messages +echo +block +8 KiB$/m);
  });

  it('says the options of a family once where all share them', async () => {
    const options = ['chunk', 'ready'];
    const all = { fifo: { options }, pipe: { options }, vmsplice: { options } };
    expect(renderProbeList(await listing(all))).toMatch(/^ +options: --chunk --ready$/m);
    const one = renderProbeList(await listing({ pipe: { options } }));
    expect(one).toMatch(/^ +options of pipe: --chunk --ready$/m);
  });

  it('says why a probe is not available and what enables it', async () => {
    const away = { available: false, reason: 'no kernel support', remedy: 'modprobe it' };
    const text = renderProbeList(await listing({ vsock: away }));
    expect(text).toMatch(
      /^ vsock +vsock over loopback +not available: no kernel support \(modprobe it\)$/m,
    );
    const { length } = probeDescriptors;
    expect(text).toContain(`${length - 1} of ${length} probes are available here.`);
  });

  it('names the groups', async () => {
    const text = renderProbeList(await listing()).replaceAll(/\s+/g, ' ');
    expect(text).toContain('pipes (fifo, pipe); sockets (socketpair, tcp, udp, unix-dgram,');
    expect(text).toContain('shm (mmap-file, shm-ring, sysv-shm)'.slice(0, 5));
  });

  it.each([60, 70, 90])('keeps to %i columns', async (width) => {
    const away = { available: false, reason: 'r '.repeat(80), remedy: null };
    const lines = renderProbeList(await listing({ vsock: away }), width).split('\n');
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(width);
  });

  it('colour changes no character', async () => {
    const coloured = renderProbeList(await listing(), 100, true);
    expect(stripVTControlCharacters(coloured)).toBe(renderProbeList(await listing()));
  });
});
