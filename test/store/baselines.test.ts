import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BaselineStore } from '../../src/store/baselines.js';
import { exampleDocument } from '../fixtures/measurements.js';

const document = exampleDocument();
let folder: string;
let store: BaselineStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-baselines-'));
  store = new BaselineStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('baselines', () => {
  test('are kept, listed, replaced and removed by name', async () => {
    expect(await store.list()).toEqual([]);
    await store.save('main', document);
    await store.save('a.1', document);
    expect(await store.list()).toEqual(['a.1', 'main']);
    expect(await store.load('main')).toEqual(document);
    await store.save('main', { ...document, run: { ...document.run, id: 'other' } });
    expect((await store.load('main')).run.id).toBe('other');
    await store.remove('main');
    expect(await store.list()).toEqual(['a.1']);
    await expect(store.remove('main')).rejects.toThrow(/no baseline "main"/);
  });

  test.each(['', 'latest', '../x', 'a/b', '.hidden', 'a b', `${'x'.repeat(65)}`])(
    'can’t have the name %j',
    async (name) => {
      await expect(store.save(name, document)).rejects.toThrow(/can't be the name/);
    },
  );

  test('one that isn’t there names those that are', async () => {
    await store.save('main', document);
    const error = await store.load('mian').catch((caught) => caught);
    expect(error.nextSteps.join()).toContain('main');
  });

  test('a file of another schema version is refused', async () => {
    await store.save('main', document);
    writeFileSync(store.path('main'), JSON.stringify({ ...document, schema: 99 }));
    await expect(store.load('main')).rejects.toThrow(/schema version 99/);
  });
});
