import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { writeFiles } from '../../src/store/write-files.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-files-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeFiles', () => {
  test('makes folders where they are asked for, and writes pieces in order', async () => {
    const path = join(folder, 'a', 'b', 'c.txt');
    await writeFiles([
      { path, content: ['one ', new TextEncoder().encode('two')], inFolder: true },
    ]);
    expect(readFileSync(path, 'utf8')).toBe('one two');
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['c.txt']);
  });

  test('pieces that fail leave the file as it was, and nothing beside it', async () => {
    const path = join(folder, 'c.txt');
    writeFileSync(path, 'old');
    const content = (function* () {
      yield 'new';
      throw new Error('broken');
    })();
    await expect(writeFiles([{ path, content, inFolder: false }])).rejects.toThrow('broken');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['c.txt']);
  });

  test('a folder that is not asked for is not made', async () => {
    const path = join(folder, 'none', 'c.txt');
    await expect(writeFiles([{ path, content: 'x', inFolder: false }])).rejects.toThrow(UserError);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  test('a folder that can not be made is said', async () => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'c.txt');
    await expect(writeFiles([{ path, content: 'x', inFolder: true }])).rejects.toThrow(
      /Can't make the folder/,
    );
  });
});
