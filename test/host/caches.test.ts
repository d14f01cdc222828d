import { afterEach, describe, expect, test } from 'vitest';
import { readCaches } from '../../src/host/caches.js';
import { hostFiles } from '../../src/host/files.js';
import { FakeHost } from '../fixtures/host.js';

const hosts: FakeHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.remove();
});

function cachesOf(tree: Readonly<Record<string, string>>, processors = [0, 1]) {
  const host = new FakeHost(
    Object.fromEntries(
      Object.entries(tree).map(([path, text]) => [`sys/devices/system/cpu/${path}`, `${text}\n`]),
    ),
  );
  hosts.push(host);
  return readCaches(hostFiles(host.root), processors);
}

function cache(cpu: number, index: number, level: string, type: string, size: string) {
  const folder = `cpu${cpu}/cache/index${index}`;
  return { [`${folder}/level`]: level, [`${folder}/type`]: type, [`${folder}/size`]: size };
}

describe('readCaches', () => {
  test('each kind once, without those of instructions', () => {
    const tree = {
      ...cache(0, 3, '3', 'Unified', '32768K'),
      ...cache(0, 0, '1', 'Data', '32K'),
      ...cache(0, 1, '1', 'Instruction', '64K'),
      ...cache(1, 0, '1', 'Data', '32K'),
      ...cache(1, 2, '2', 'Unified', '1M'),
    };
    expect(cachesOf(tree)).toEqual([
      { level: 1, size_bytes: 32 * 1024 },
      { level: 2, size_bytes: 1024 ** 2 },
      { level: 3, size_bytes: 32 * 1024 ** 2 },
    ]);
  });

  test('of the allowed processors alone: cores may differ', () => {
    const tree = { ...cache(0, 0, '1', 'Data', '64K'), ...cache(1, 0, '1', 'Data', '32K') };
    expect(cachesOf(tree, [1])).toEqual([{ level: 1, size_bytes: 32 * 1024 }]);
    expect(cachesOf(tree)).toHaveLength(2);
  });

  test('null when the kernel doesn’t tell', () => {
    expect(cachesOf({ online: '0-1' })).toBeNull();
    expect(cachesOf(cache(0, 0, '1', 'Data', ''))).toBeNull();
    expect(cachesOf(cache(0, 0, '', 'Data', '32K'))).toBeNull();
  });
});
