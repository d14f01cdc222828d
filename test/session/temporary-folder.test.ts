import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../src/session/temporary-folder.js';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ipcbench-temporary-'));
  vi.stubEnv('TMPDIR', place);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true, force: true });
});

test('a folder of one’s own, nobody else’s', () => {
  const folder = temporaryFolder('collect');
  expect(folder.startsWith(join(place, `ipcbench-collect-${process.pid}-`))).toBe(true);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(temporaryFolder('collect')).not.toBe(folder);
});

test('what a killed process left is removed, and nothing else', () => {
  const dead = spawnSync('true').pid;
  const named = (name: string) => join(place, name);
  const abandoned = ['collect', 'speed', 'trace'].map((it) => named(`ipcbench-${it}-${dead}-x`));
  const kept = [
    temporaryFolder('trace'),
    named(`ipcbench-results-${dead}-x`),
    named(`mine-${dead}-x`),
  ];
  for (const folder of [...abandoned, ...kept.slice(1)]) mkdirSync(folder);
  for (const folder of abandoned) writeFileSync(join(folder, 'file'), 'text');
  temporaryFolder('collect');
  expect(abandoned.filter((folder) => existsSync(folder))).toEqual([]);
  expect(kept.filter((folder) => existsSync(folder))).toEqual(kept);
});
