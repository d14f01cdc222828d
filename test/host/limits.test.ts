import { afterEach, describe, expect, it } from 'vitest';
import { hostFiles } from '../../src/host/files.js';
import { hasCapability, parseMemlock, parseSwap, readCpuQuota } from '../../src/host/limits.js';
import { FakeHost, type HostTree } from '../fixtures/host.js';

let host: FakeHost | undefined;
afterEach(() => host?.remove());

function quotaOf(tree: HostTree) {
  host = new FakeHost(tree);
  return readCpuQuota(hostFiles(host.root));
}

describe('readCpuQuota', () => {
  const V2 = 'sys/fs/cgroup';
  const V1 = 'sys/fs/cgroup/cpu';
  it.each<[string, HostTree, number | 'none' | null]>([
    ['no files at all', {}, null],
    [
      'version 2, a quota',
      { 'proc/self/cgroup': '0::/a/b', [`${V2}/a/b/cpu.max`]: '150000 100000' },
      1.5,
    ],
    [
      'version 2, a tighter one above',
      {
        'proc/self/cgroup': '0::/a/b',
        [`${V2}/a/cpu.max`]: '50000 100000',
        [`${V2}/a/b/cpu.max`]: 'max 100000',
      },
      0.5,
    ],
    [
      'version 2, no quota',
      { 'proc/self/cgroup': '0::/a', [`${V2}/a/cpu.max`]: 'max 100000' },
      'none',
    ],
    [
      'version 2, its root group',
      { 'proc/self/cgroup': '0::/', [`${V2}/cgroup.controllers`]: 'cpuset cpu io' },
      'none',
    ],
    [
      'version 2, no controller',
      { 'proc/self/cgroup': '0::/', [`${V2}/cgroup.controllers`]: 'io' },
      null,
    ],
    [
      'version 1, a quota',
      {
        'proc/self/cgroup': '4:cpuset:/\n2:cpu,cpuacct:/x\n0::/',
        [`${V1}/x/cpu.cfs_quota_us`]: '20000',
        [`${V1}/x/cpu.cfs_period_us`]: '100000',
      },
      0.2,
    ],
    [
      'version 1, no quota',
      { 'proc/self/cgroup': '1:cpu:/', [`${V1}/cpu.cfs_quota_us`]: '-1' },
      'none',
    ],
    [
      'version 1, a malformed file',
      { 'proc/self/cgroup': '1:cpu:/', [`${V1}/cpu.cfs_quota_us`]: 'x' },
      null,
    ],
  ])('%s', (_, tree, quota) => {
    expect(quotaOf(tree)).toBe(quota);
  });
});

describe('the parsers', () => {
  it('read the soft limit of locked memory', () => {
    expect(parseMemlock('Max locked memory         65536    unlimited   bytes')).toBe(65536);
    expect(parseMemlock('Max locked memory         unlimited  unlimited  bytes')).toBe('unlimited');
    expect(parseMemlock(null)).toBeNull();
    expect(parseMemlock('Max cpu time 1 1')).toBeNull();
  });

  it('sum swap areas', () => {
    const heading = 'Filename\tType\tSize\tUsed\tPriority';
    expect(parseSwap(heading)).toEqual({ total_kib: 0, used_kib: 0 });
    expect(parseSwap(`${heading}\n/dev/a partition 1000 10 -2\n/swap file 500 0 -3\n`)).toEqual({
      total_kib: 1500,
      used_kib: 10,
    });
    expect(parseSwap(null)).toBeNull();
    expect(parseSwap(`${heading}\nodd line`)).toBeNull();
  });

  it('find a capability', () => {
    expect(hasCapability('CapEff:\t0000004000000000\n', 38)).toBe(true);
    expect(hasCapability('CapEff:\t0000004000000000\n', 21)).toBe(false);
    expect(hasCapability(null, 21)).toBe(false);
  });
});
