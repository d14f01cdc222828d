import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { csvChunks } from '../../src/render/csv.js';
import { parquetFiles } from '../../src/render/parquet.js';
import { TIDY_LEVELS, type TidyLevel, tidyTable } from '../../src/render/tidy.js';
import type { ResultDocument } from '../../src/store/schema.js';
import { oddDocuments, twoHosts } from '../fixtures/odd-documents.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-parquet-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(documents: readonly ResultDocument[], level: TidyLevel): string[] {
  return [...parquetFiles(documents, level)].map(({ path, bytes }) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
    return path;
  });
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function lake(level: TidyLevel): string {
  return `read_parquet('${folder}/**/*.${level}.parquet', hive_partitioning = true, hive_types = {'host': VARCHAR, 'date': DATE})`;
}

describe('parquetFiles', () => {
  test('are partitioned by host and date, as Hive does it', () => {
    expect(write(twoHosts(), 'cell')).toEqual([
      'host=workbench/date=2026-11-21/20261121T031500Z-7f3a.cell.parquet',
      'host=rack%207%2Fb/date=2026-11-22/20261122T101500Z-0a1b.cell.parquet',
    ]);
  });

  test('columns have types', async () => {
    write(twoHosts(), 'cell');
    const described = await query(`DESCRIBE SELECT * FROM ${lake('cell')}`);
    const types = Object.fromEntries(
      described.map(({ column_name: name, column_type: type }) => [name, type]),
    );
    expect(types).toMatchObject({
      run_id: 'VARCHAR',
      started: expect.stringMatching(/^TIMESTAMP/),
      size_bytes: 'BIGINT',
      rtt_median_ns: 'DOUBLE',
      trials: 'BIGINT',
      host: 'VARCHAR',
      date: 'DATE',
    });
  });

  test.each(TIDY_LEVELS)(
    'DuckDB reads as many rows and the values of the CSV: %s',
    async (level) => {
      const documents = twoHosts();
      write(documents, level);
      const csv = join(folder, 'all.csv');
      writeFileSync(csv, [...csvChunks(documents, { level })].join(''));
      const columns = tidyTable(documents, level).columns.filter(({ name }) => name !== 'started');
      const list = columns.map(({ name }) => `"${name}"`).join(', ');
      const types = columns.map(
        ({ name, type }) =>
          `'${name}': '${{ text: 'VARCHAR', whole: 'BIGINT', number: 'DOUBLE' }[type]}'`,
      );
      const read = `read_csv('${csv}', header = true, types = {${types.join(', ')}})`;
      const [counts] = await query(
        `SELECT (SELECT count(*) FROM ${lake(level)}) AS parquet, (SELECT count(*) FROM ${read}) AS csv`,
      );
      expect(counts?.parquet).toBe(counts?.csv);
      expect(Number(counts?.parquet)).toBeGreaterThan(0);
      const differing = await query(
        `(SELECT ${list} FROM ${lake(level)} EXCEPT ALL SELECT ${list} FROM ${read})
       UNION ALL (SELECT ${list} FROM ${read} EXCEPT ALL SELECT ${list} FROM ${lake(level)})`,
      );
      expect(differing).toEqual([]);
    },
  );

  test('two hosts are queried as one table', async () => {
    const documents = twoHosts();
    write(documents, 'cell');
    const rows = await query(
      `SELECT host, CAST(date AS VARCHAR) AS day, count(*) AS cells FROM ${lake('cell')} GROUP BY ALL ORDER BY host`,
    );
    expect(rows).toEqual([
      { host: 'rack 7/b', day: '2026-11-22', cells: BigInt(documents[1].results.length) },
      { host: 'workbench', day: '2026-11-21', cells: BigInt(documents[0].results.length) },
    ]);
  });

  test('anything comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(oddDocuments, async (documents) => {
        rmSync(folder, { recursive: true, force: true });
        write(documents, 'cell');
        const rows = await query(`SELECT * FROM ${lake('cell')} ORDER BY run_id`);
        const { columns, rows: expected } = tidyTable(documents, 'cell');
        const key = (row: readonly unknown[]) => JSON.stringify(row);
        const kept = columns.filter(({ name }) => name !== 'started' && name !== 'host');
        const read = rows.map((row) =>
          key(
            kept.map(({ name }) => (typeof row[name] === 'bigint' ? Number(row[name]) : row[name])),
          ),
        );
        const wanted = [...expected()].map((row) =>
          key(kept.map(({ name }) => row[columns.findIndex((column) => column.name === name)])),
        );
        expect(read.sort()).toEqual(wanted.sort());
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});
