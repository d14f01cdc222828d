import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { createRunId, ResultStore, resultsDirectory } from '../../src/store/store.js';
import { documentOf } from '../fixtures/measurements.js';

let directory: string;
let store: ResultStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
  store = new ResultStore(join(directory, 'deep', 'results'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const IDS = ['20261120T100000Z-00aa', '20261121T031500Z-7f3a', '20261121T031500Z-9b01'];

async function saveAll(): Promise<void> {
  for (const id of [...IDS].reverse()) await store.save(documentOf([], { id }));
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).nextSteps).not.toEqual([]);
  return (error as UserError).message;
}

describe('createRunId', () => {
  test('has the start in UTC and a suffix', () => {
    const id = createRunId(new Date('2026-11-21T03:15:00.789Z'));
    expect(id).toMatch(/^20261121T031500Z-315[0-9a-f]{2}$/);
  });

  test('sorts by time', () => {
    const times = [
      '2026-01-02T00:00:00Z',
      '2026-01-10T00:00:00Z',
      '2026-01-10T00:00:00.009Z',
      '2026-01-10T00:00:00.100Z',
      '2026-11-01T09:00:00Z',
    ];
    const ids = times.map((time) => createRunId(new Date(time)));
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('ResultStore', () => {
  test('loads what it saved', async () => {
    const document = documentOf([]);
    const path = await store.save(document);
    expect(path).toBe(join(store.directory, `${document.run.id}.json`));
    expect(await store.load(document.run.id)).toEqual(document);
  });

  test('saves a later state over an earlier one', async () => {
    await store.save(documentOf([], { complete: false, ended: null }));
    await store.save(documentOf([]));
    expect(readdirSync(store.directory)).toHaveLength(1);
    expect((await store.load('@latest')).run.complete).toBe(true);
  });

  test('lists runs oldest first, and nothing else', async () => {
    expect(await store.list()).toEqual([]);
    await saveAll();
    mkdirSync(join(store.directory, 'published'));
    writeFileSync(join(store.directory, 'table1.json'), '{}');
    expect(await store.list()).toEqual(IDS);
  });

  test.each([
    ['@latest', IDS[2]],
    ['@-1', IDS[2]],
    ['@-2', IDS[1]],
    ['@-3', IDS[0]],
    ['20261121T031500Z-9', IDS[2]],
    ['20261120', IDS[0]],
  ])('finds %s', async (ref, id) => {
    await saveAll();
    expect((await store.load(ref)).run.id).toBe(id);
  });

  test('finds a file by its path, relative or not', async () => {
    const path = await store.save(documentOf([]));
    expect((await store.load(path)).run.id).toBe(IDS[1]);
    expect((await store.load(relative(process.cwd(), path))).run.id).toBe(IDS[1]);
  });

  test('says what is there when a reference is ambiguous or leads nowhere', async () => {
    expect(await messageOf(store.load('@latest'))).toContain('0 runs');
    expect(await messageOf(store.load('2026'))).toContain('No saved run');
    await saveAll();
    const ambiguous = await messageOf(store.load('20261121'));
    expect(ambiguous).toContain(IDS[1]);
    expect(ambiguous).toContain(IDS[2]);
    expect(await messageOf(store.load('@-4'))).toContain('3 runs');
    for (const ref of ['@', '@0', '@-0', '@first', '@2']) {
      expect(await messageOf(store.load(ref))).toContain("doesn't name a saved run");
    }
    expect(await messageOf(store.load('2027'))).toContain('No saved run begins');
    expect(await messageOf(store.load('./nothing.json'))).toContain('no result file');
    expect(await messageOf(store.load(''))).toContain('no result file');
  });

  test('a broken file is named', async () => {
    await saveAll();
    writeFileSync(join(store.directory, `${IDS[2]}.json`), '{"schema": 1, "run": {');
    expect(await messageOf(store.load('@latest'))).toContain(`${IDS[2]}.json`);
  });

  test('a directory that can’t be made is the user’s to put right', async () => {
    writeFileSync(join(directory, 'deep'), 'a file');
    expect(await messageOf(store.save(documentOf([])))).toContain("Can't make");
  });

  test('saving removes what a dead process left', async () => {
    await saveAll();
    const host = hostname()
      .replaceAll(/[^A-Za-z0-9]/g, '-')
      .slice(0, 64);
    const leftover = join(
      store.directory,
      `.ipcbench-${host}-${spawnSync('true').pid}-0000000a.tmp`,
    );
    writeFileSync(leftover, '{"sch');
    await saveAll();
    expect(readdirSync(store.directory)).toHaveLength(3);
  });
});

describe('resultsDirectory', () => {
  const home = { HOME: '/home/someone' };

  test('IPCBENCH_RESULTS comes first', () => {
    const env = { ...home, IPCBENCH_RESULTS: '/data/ipc' };
    expect(resultsDirectory(env, directory)).toBe('/data/ipc');
  });

  test('a checkout keeps its results with it', () => {
    expect(resultsDirectory(home, directory)).toBe(join(directory, 'results'));
  });

  test('an installed package doesn’t', () => {
    const root = join(directory, 'node_modules', 'ipcbench');
    mkdirSync(root, { recursive: true });
    const state = '/home/someone/.local/state/ipcbench/results';
    expect(resultsDirectory(home, root)).toBe(state);
    expect(resultsDirectory({ ...home, XDG_STATE_HOME: '/state' }, root)).toBe(
      '/state/ipcbench/results',
    );
    expect(resultsDirectory({ ...home, XDG_STATE_HOME: 'relative' }, root)).toBe(state);
    expect(resultsDirectory({ ...home, IPCBENCH_RESULTS: '' }, root)).toBe(state);
  });

  test('a checkout that can’t be written to doesn’t either', () => {
    const root = join(directory, 'not', 'there');
    expect(resultsDirectory(home, root)).toBe('/home/someone/.local/state/ipcbench/results');
  });
});
