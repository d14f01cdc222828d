import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BugError, UserError } from '../../src/errors.js';
import { readPublishedTable1 } from '../../src/store/published.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const table = await readPublishedTable1(root);

describe('the published Table 1', () => {
  it('is what the paper has', () => {
    expect(table).toMatchObject({
      source: expect.stringContaining('Voll'),
      machine: expect.stringContaining('SuperSPARC'),
      unit: 'us',
      payload_bytes: { pipes: 1, 'sysv-messages': 1 },
    });
    expect(
      Object.fromEntries(table.rows.map(({ mechanism, value }) => [mechanism, value])),
    ).toEqual({
      doors: 66,
      'sysv-semaphores': 142,
      pipes: 175,
      'sysv-messages': 270,
      'onc-rpc': 1020,
    });
  });
});

describe('reading it', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipcbench-published-'));
    mkdirSync(join(folder, 'results', 'published'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('says what to do when it is missing', async () => {
    await expect(readPublishedTable1(folder)).rejects.toThrow(UserError);
  });

  it.each<[string, unknown]>([
    ['another unit', { ...table, unit: 'ms' }],
    ['a mechanism that is not in it', { ...table, rows: [{ mechanism: 'smoke', value: 1 }] }],
    ['a mechanism that is missing', { ...table, rows: table.rows.slice(1) }],
    ['a mechanism twice', { ...table, rows: [...table.rows, table.rows[0]] }],
    ['a value of 0', { ...table, rows: table.rows.map((row) => ({ ...row, value: 0 })) }],
    ['a field that nothing reads', { ...table, mood: 'good' }],
  ])('takes %s for a bug', async (_, value) => {
    const file = join(folder, 'results', 'published', 'table1.json');
    writeFileSync(file, JSON.stringify(value));
    await expect(readPublishedTable1(folder)).rejects.toThrow(BugError);
  });

  it('takes broken JSON for a bug', async () => {
    writeFileSync(join(folder, 'results', 'published', 'table1.json'), '{');
    await expect(readPublishedTable1(folder)).rejects.toThrow(BugError);
  });
});
