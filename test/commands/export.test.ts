import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import Export from '../../src/commands/export.js';
import { renderCsv } from '../../src/render/csv.js';
import { renderJson } from '../../src/render/json.js';
import { exampleDocument, patternsDocument } from '../fixtures/measurements.js';
import { runCommand, savedResults } from '../support/saved-results.js';

const document = exampleDocument();
const saved = savedResults(document);

function run(...argv: string[]) {
  return runCommand(Export, argv);
}

describe('export', () => {
  test('CSV of cells unless told otherwise', async () => {
    const { stdout, error } = await run('@latest', '--format', 'csv');
    expect(error).toBeUndefined();
    expect(stdout).toBe(renderCsv(document));
  });

  test('CSV of trials', async () => {
    const { stdout } = await run('20261121', '--format=csv', '--level=trial');
    expect(stdout).toBe(renderCsv(document, { level: 'trial' }));
  });

  test('JSON, as it was saved', async () => {
    const { stdout } = await run('@-1', '--format', 'json');
    expect(stdout).toBe(renderJson(document));
  });

  test('into a file', async () => {
    const path = join(saved.directory, 'out.csv');
    writeFileSync(path, 'old');
    const { stdout } = await run('@latest', '--format', 'csv', '--output', path);
    expect(stdout).toBe('');
    expect(readFileSync(path, 'utf8')).toBe(renderCsv(document));
  });

  test('LaTeX and Parquet into folders that are made', async () => {
    const paper = join(saved.directory, 'a', 'paper/');
    expect((await run('@latest', '-f', 'latex', '-o', paper)).error).toBeUndefined();
    expect(readdirSync(paper)).toContain('ipcbench.tex');
    const lake = join(saved.directory, 'lake');
    expect((await run('@latest', '-f', 'parquet', '-o', lake)).error).toBeUndefined();
    expect(readdirSync(join(lake, 'host=workbench', 'date=2026-11-21'))).toEqual([
      '20261121T031500Z-7f3a.cell.parquet',
    ]);
  });

  test('several results in one', async () => {
    const other = patternsDocument();
    const path = join(saved.directory, 'other.json');
    writeFileSync(path, renderJson({ ...other, run: { ...other.run, id: 'other' } }));
    const { stdout, error } = await run('@latest', path, '-f', 'csv');
    expect(error).toBeUndefined();
    expect(stdout.trimEnd().split('\r\n')).toHaveLength(
      1 + document.results.length + other.results.length,
    );
  });

  test.each(['ndjson', 'markdown', 'org', 'latex', 'github', 'openmetrics'])(
    '%s',
    async (format) => {
      const { stdout, error } = await run('@latest', '--format', format);
      expect(error).toBeUndefined();
      expect(stdout).toContain('unix-stream');
    },
  );

  test('a histogram for plotters', async () => {
    const { stdout, error } = await run('@latest', '--format', 'hgrm', '--cell', '2');
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^ +Value +Percentile TotalCount 1\/\(1-Percentile\)\n\n/);
    expect(stdout).toContain('#[Buckets =');
  });

  test('all histograms into a directory', async () => {
    const { error } = await run('@latest', '--format', 'hgrm', '--output', `${saved.directory}/`);
    expect(error).toBeUndefined();
    const files = readdirSync(saved.directory).filter((name) => name.endsWith('.hgrm'));
    expect(files).toHaveLength(6);
    expect(files).toContain('02-pipe-1-B-two-cores-block.hgrm');
  });

  test.each([
    ['several histograms in one', ['@latest', '--format', 'hgrm'], "6 histograms don't fit"],
    ['a level of hgrm', ['@latest', '-f', 'hgrm', '-l', 'trial'], '--level is for csv'],
    ['a cell of CSV', ['@latest', '-f', 'csv', '--cell', '1'], '--cell is for histograms'],
    ['no such cell', ['@latest', '-f', 'hgrm', '--cell', '99'], 'no cell "99"'],
    ['no such run', ['2030', '--format', 'csv'], 'No saved run begins with "2030"'],
    ['no format', ['@latest'], 'format'],
    ['an unknown format', ['@latest', '--format', 'xml'], 'xml'],
    ['a level of JSON', ['@latest', '--format', 'json', '--level', 'trial'], '--level is for csv'],
    ['samples', ['@latest', '-f', 'csv', '--level', 'sample'], 'Results hold no single samples'],
    ['a run given twice', ['@latest', '@-1', '-f', 'csv'], 'is given twice'],
    ['Parquet without a folder', ['@latest', '-f', 'parquet'], '--output lake/'],
    [
      'a folder that is a file',
      ['@latest', '-f', 'latex', '-o', '/dev/null/x/'],
      "Can't make the folder",
    ],
    ['no such directory', ['@latest', '--format', 'csv', '-o', 'no/where/x'], "doesn't exist"],
  ])('%s is said, and ends with 2', async (_, argv, words) => {
    const { stdout, stderr, error } = await run(...argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
