import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { openDestination } from '../../src/session/destination.js';
import { exampleDocument } from '../fixtures/measurements.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-destination-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('openDestination', () => {
  it('saves to the file that was asked for', async () => {
    const path = join(folder, 'x.json');
    const destination = await openDestination(path, join(folder, 'results'));
    const document = exampleDocument();
    expect(await destination.save(document)).toBe(path);
    expect(JSON.parse(readFileSync(path, 'utf8')).run.id).toBe(document.run.id);
  });

  it('saves to the directory of results, which it makes', async () => {
    const document = exampleDocument();
    const destination = await openDestination(undefined, join(folder, 'a', 'b'));
    expect(await destination.save(document)).toBe(
      join(folder, 'a', 'b', `${document.run.id}.json`),
    );
  });

  it('leaves an existing file alone until there is something to save', async () => {
    const path = join(folder, 'x.json');
    writeFileSync(path, 'old');
    await openDestination(path, folder);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('refuses what cannot be written', async () => {
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'file'), '');
    for (const path of ['d', 'missing/x.json', 'file/x.json']) {
      await expect(openDestination(join(folder, path), folder)).rejects.toThrow(UserError);
    }
    await expect(openDestination(undefined, join(folder, 'file', 'r'))).rejects.toThrow(UserError);
  });

  it('refuses a file system that cannot be written to, whoever asks', async () => {
    await expect(openDestination('/proc/x.json', folder)).rejects.toThrow(UserError);
  });

  it('leaves nothing behind by checking', async () => {
    await openDestination(join(folder, 'x.json'), folder);
    await openDestination(undefined, folder);
    expect(readdirSync(folder)).toEqual([]);
  });
});
