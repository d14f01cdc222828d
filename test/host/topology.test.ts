import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllowedCpus, parseCpuList, readTopology } from '../../src/host/topology.js';

describe('parseCpuList', () => {
  it.each([
    ['0-3,8,10-11\n', [0, 1, 2, 3, 8, 10, 11]],
    ['0', [0]],
    ['', []],
    ['3,1', [1, 3]],
  ])('reads %j', (text, cpus) => {
    expect(parseCpuList(text)).toEqual(cpus);
  });

  it('reads any list of single numbers', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 500 })), (cpus) => {
        expect(parseCpuList(cpus.join(','))).toEqual([...cpus].sort((a, b) => a - b));
      }),
    );
  });
});

describe('parseAllowedCpus', () => {
  it('finds the line', () => {
    expect(parseAllowedCpus('Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-1,3\n')).toEqual([
      0, 1, 3,
    ]);
  });

  it('is null without one', () => {
    expect(parseAllowedCpus('Name:\tx\n')).toBeNull();
  });
});

describe('readTopology', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ipcbench-topology-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function put(path: string, text: string) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it('reads the usable processors and their cores', () => {
    put('proc/self/status', 'Cpus_allowed_list:\t0-3\n');
    put('sys/devices/system/cpu/online', '0-2\n');
    for (const [cpu, core] of [
      [0, 0],
      [1, 0],
      [2, 1],
    ]) {
      put(`sys/devices/system/cpu/cpu${cpu}/topology/core_id`, `${core}\n`);
      put(`sys/devices/system/cpu/cpu${cpu}/topology/physical_package_id`, '0\n');
    }
    expect(readTopology(root).processors).toEqual([
      { cpu: 0, core: '0:0', package: 0 },
      { cpu: 1, core: '0:0', package: 0 },
      { cpu: 2, core: '0:1', package: 0 },
    ]);
  });

  it('says null where the kernel says nothing', () => {
    put('proc/self/status', 'Cpus_allowed_list:\t0-1\n');
    expect(readTopology(root).processors).toEqual([
      { cpu: 0, core: null, package: null },
      { cpu: 1, core: null, package: null },
    ]);
  });
});
