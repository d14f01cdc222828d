import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import Plot from '../../src/commands/plot.js';
import { exampleDocument } from '../fixtures/measurements.js';
import { runCommand, savedResults } from '../support/saved-results.js';

const saved = savedResults(exampleDocument());

function run(...argv: string[]) {
  return runCommand(Plot, argv);
}

describe('plot', () => {
  test('into a file of the form that its name says', async () => {
    const path = join(saved.directory, 'bars.svg');
    expect((await run('@latest', '--kind', 'bars', '-o', path)).error).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toMatch(/^<svg /);
    const spec = join(saved.directory, 'bars.vl.json');
    expect((await run('@latest', '-k', 'bars', '-o', spec, '--published')).error).toBeUndefined();
    expect(readFileSync(spec, 'utf8')).toContain('Jim Voll');
  });

  test('of chosen cells', async () => {
    const path = join(saved.directory, 'ecdf.vl.json');
    await run('@latest', '--kind', 'ecdf', '--cell', 'pipe', '-o', path);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('"pipe, 4 KiB"');
    expect(text).not.toContain('futex');
  });

  test.each([
    ['an unknown form', ['@latest', '-k', 'bars', '-o', 'x.gif'], "doesn't say what to draw"],
    ['an unknown kind', ['@latest', '-k', 'pie', '-o', 'x.svg'], 'pie'],
    ['no such run', ['2030', '-k', 'bars', '-o', 'x.svg'], 'No saved run begins with'],
    ['no such cell', ['@latest', '-k', 'bars', '--cell', 'tpc', '-o', 'x.svg'], 'no cell "tpc"'],
    ['no clients', ['@latest', '-k', 'scaling', '-o', 'x.svg'], 'two numbers of clients'],
    ['an unwritable place', ['@latest', '-k', 'bars', '-o', '/no/where/x.svg'], "doesn't exist"],
  ])('%s is said, and ends with 2', async (_, argv, words) => {
    const { stdout, stderr, error } = await run(...argv);
    expect(error?.oclif?.exit).toBe(2);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });
});
