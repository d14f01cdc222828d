import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';

const nativeSources = readdirSync(new URL('../../native/probes/', import.meta.url));
const files = readdirSync(new URL('../../src/probes/', import.meta.url))
  .filter((file) => file !== 'types.ts')
  .map((file) => file.replace(/\.ts$/, ''));

describe('the probe index', () => {
  it('has every descriptor', () => {
    expect(probeDescriptors.map((probe) => probe.name).sort()).toEqual(files.sort());
  });
});

describe.each(probeDescriptors)('the descriptor of $name', (probe) => {
  it('has a native probe of the same name, or is the peers of one', () => {
    const { name } = probe.preload ? { name: probe.preload.probe } : probe;
    expect(nativeSources).toContain(`${name.replaceAll('-', '_')}.c`);
  });

  it('is in the words of tables and lists', () => {
    expect(probe.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(probe.title).not.toMatch(/[.\n]$/);
    expect(probe.summary).toMatch(/\.$/);
    expect(probe.limits).toMatch(/\.$/);
    expect(probe.sources.length).toBeGreaterThan(0);
  });

  it('has a diagram that fits beside a terminal’s margin and numbers every copy', () => {
    const lines = probe.diagram.split('\n');
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(78);
    expect(lines[0]).toMatch(/^client\b.*\bserver$/);
    for (const line of lines) expect(line).toBe(line.trimEnd());
    const numbers = new Set([...probe.diagram.matchAll(/\((\d)\)(?= |-|$)/gm)].map(([, n]) => n));
    const copies = probe.copies.user + probe.copies.kernel;
    const expected = Array.from({ length: copies }, (_, i) => String(i + 1));
    expect([...numbers].sort()).toEqual(expected);
  });

  it('has no alias that is another probe’s name', () => {
    const names = probeDescriptors.map((other) => other.name);
    expect(probe.aliases.filter((alias) => names.includes(alias))).toEqual([]);
    expect(new Set(probe.aliases).size).toBe(probe.aliases.length);
  });
});

describe('a name that stands for several probes', () => {
  const groups = new Map<string, string[]>();
  for (const { name, aliases } of probeDescriptors)
    for (const alias of aliases) groups.set(alias, [...(groups.get(alias) ?? []), name].sort());

  it.each([
    ['pipes', ['fifo', 'pipe']],
    [
      'sockets',
      [
        ...['socketpair', 'tcp', 'udp', 'unix-dgram', 'unix-seqpacket', 'unix-stream'],
        ...['vsock'],
      ],
    ],
    ['semaphores', ['posix-sem', 'sysv-sem']],
    ['messages', ['posix-mq', 'sysv-msg']],
    ['rpc', ['onc-rpc-tcp', 'onc-rpc-udp', 'onc-rpc-unix']],
    ['onc-rpc', ['onc-rpc-tcp', 'onc-rpc-udp', 'onc-rpc-unix']],
    ['shm', ['mmap-file', 'shm-ring', 'sysv-shm']],
  ])('%s is %j', (alias, members) => {
    expect(groups.get(alias)).toEqual(members);
  });
});
