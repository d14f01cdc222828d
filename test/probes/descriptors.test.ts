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
  it('has a native probe of the same name', () => {
    expect(nativeSources).toContain(`${probe.name.replaceAll('-', '_')}.c`);
  });

  it('is in the words of tables and lists', () => {
    expect(probe.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(probe.title).not.toMatch(/[.\n]$/);
    expect(probe.summary).toMatch(/\.$/);
    expect(probe.limits).toMatch(/\.$/);
    expect(probe.sources.length).toBeGreaterThan(0);
  });

  it('has no alias that is another probe’s name', () => {
    const names = probeDescriptors.map((other) => other.name);
    expect(probe.aliases.filter((alias) => names.includes(alias))).toEqual([]);
    expect(new Set(probe.aliases).size).toBe(probe.aliases.length);
  });
});
