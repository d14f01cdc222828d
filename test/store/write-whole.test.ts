import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.js';
import { removeLeftovers, writeWhole } from '../../src/store/write-whole.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return { ...real, rename: vi.fn(real.rename) };
});

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
});

afterEach(() => {
  vi.clearAllMocks();
  chmodSync(directory, 0o755);
  rmSync(directory, { recursive: true, force: true });
});

async function failure(promise: Promise<void>): Promise<UserError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe('writeWhole', () => {
  test('writes a new file and replaces an old one, leaving nothing else', async () => {
    const path = join(directory, 'a.json');
    await writeWhole(path, 'first');
    await writeWhole(path, 'zweiter Text: µs\n');
    expect(readFileSync(path, 'utf8')).toBe('zweiter Text: µs\n');
    expect(readdirSync(directory)).toEqual(['a.json']);
  });

  test.each(['ENOSPC', 'EACCES', 'EROFS', 'EIO'])(
    'leaves the old file as it was when the last step fails with %s',
    async (code) => {
      const path = join(directory, 'a.json');
      writeFileSync(path, 'old');
      vi.mocked(promises.rename).mockRejectedValueOnce(systemError(code));
      await expect(writeWhole(path, 'new')).rejects.toThrow();
      expect(readFileSync(path, 'utf8')).toBe('old');
      expect(readdirSync(directory)).toEqual(['a.json']);
    },
  );

  test('says what to do when the disk is full', async () => {
    vi.mocked(promises.rename).mockRejectedValueOnce(systemError('ENOSPC'));
    const error = await failure(writeWhole(join(directory, 'a.json'), 'x'));
    expect(error.message).toContain('no space left');
    expect(error.nextSteps).not.toEqual([]);
  });

  test('a directory that isn’t there, or is a file, is the user’s to put right', async () => {
    writeFileSync(join(directory, 'file'), '');
    const missing = await failure(writeWhole(join(directory, 'no', 'a.json'), 'x'));
    expect(missing.message).toContain("doesn't exist");
    const notOne = await failure(writeWhole(join(directory, 'file', 'a.json'), 'x'));
    expect(notOne.message).toContain('not a directory');
    const itself = await failure(writeWhole(directory, 'x'));
    expect(itself.message).toContain('is a directory');
  });

  test.skipIf(process.getuid?.() === 0)('a directory that may not be written to', async () => {
    const path = join(directory, 'a.json');
    writeFileSync(path, 'old');
    chmodSync(directory, 0o555);
    const error = await failure(writeWhole(path, 'new'));
    expect(error.message).toContain('no permission');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test.skipIf(!existsSync('/sys/kernel'))('a file system that takes no files', async () => {
    const error = await failure(writeWhole('/sys/kernel/ipcbench-test.json', 'x'));
    expect(error.message).toContain('/sys/kernel');
  });

  test('follows a symbolic link instead of replacing it', async () => {
    mkdirSync(join(directory, 'elsewhere'));
    const target = join(directory, 'elsewhere', 'b.json');
    writeFileSync(target, 'old');
    symlinkSync(target, join(directory, 'a.json'));
    await writeWhole(join(directory, 'a.json'), 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(promises.rename).toHaveBeenCalledWith(expect.any(String), target);
  });

  test('writes into a named pipe, which can’t be replaced', async () => {
    const path = join(directory, 'pipe');
    if (spawnSync('mkfifo', [path]).status !== 0) return;
    const reader = spawn('cat', [path]);
    // Both are awaited from the start: the reader may end before writeWhole does.
    const read = once(reader.stdout, 'data');
    const closed = once(reader, 'close');
    await writeWhole(path, 'through the pipe');
    expect(String((await read)[0])).toBe('through the pipe');
    await closed;
    expect(promises.rename).not.toHaveBeenCalled();
  });
});

describe('removeLeftovers', () => {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9]/g, '-')
    .slice(0, 64);
  const dead = () => spawnSync('true').pid;
  const touch = (name: string) => closeSync(openSync(join(directory, name), 'w'));

  test('removes what a dead process left, and nothing else', async () => {
    const kept = [
      `.ipcbench-${host}-${process.pid}-00000001.tmp`,
      `.ipcbench-another${host}-${dead()}-00000002.tmp`,
      `ipcbench-${host}-${dead()}-00000003.tmp`,
      '20261121T031500Z-7f3a.json',
    ];
    for (const name of kept) touch(name);
    touch(`.ipcbench-${host}-${dead()}-00000004.tmp`);
    await removeLeftovers(directory);
    expect(readdirSync(directory).sort()).toEqual(kept.sort());
  });

  test('removes an old one although its number belongs to a process again', async () => {
    const name = `.ipcbench-${host}-${process.pid}-00000001.tmp`;
    touch(name);
    utimesSync(join(directory, name), 0, 0);
    await removeLeftovers(directory);
    expect(readdirSync(directory)).toEqual([]);
  });
});
