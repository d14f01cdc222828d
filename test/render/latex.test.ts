import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { latexFiles, renderLatexTables } from '../../src/render/latex-document.js';
import { commandName, texNumber, texText } from '../../src/render/latex-text.js';
import { operationTimes } from '../../src/store/operation.js';
import type { ResultDocument } from '../../src/store/schema.js';
import {
  documentOf,
  exampleDocument,
  madeUpCell,
  patternsDocument,
} from '../fixtures/measurements.js';
import { oddDocuments, oddText, twoHosts } from '../fixtures/odd-documents.js';

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-latex-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Why nothing can be compiled here; null when it can. */
const noLatex = (() => {
  if (spawnSync('pdflatex', ['--version']).error) return 'pdflatex is not installed';
  const found = spawnSync('kpsewhich', [
    'pgfplots.sty',
    'booktabs.sty',
    'lmodern.sty',
    'microtype.sty',
  ]);
  return String(found.stdout).trim().split('\n').length === 4 ? null : 'packages are missing';
})();

/** @returns what is said of boxes that are wider than they may be, by 10 points or more */
function compile(documents: readonly ResultDocument[]): string[] {
  const place = mkdtempSync(join(folder, 'c-'));
  for (const { name, text } of latexFiles(documents)) writeFileSync(join(place, name), text);
  const { status, stdout } = spawnSync(
    'pdflatex',
    ['-interaction=nonstopmode', '-halt-on-error', 'ipcbench.tex'],
    { cwd: place, encoding: 'utf8', env: { ...process.env, max_print_line: '1000' } },
  );
  const fault = stdout.slice(Math.max(0, stdout.search(/^!/m))).slice(0, 600);
  expect(status, fault).toBe(0);
  expect(existsSync(join(place, 'ipcbench.pdf'))).toBe(true);
  return stdout.match(/Overfull \\hbox \(\d{2,}\..*/g) ?? [];
}

/** Two runs beside the example, whose ids, hosts and options all want a column. */
function several(): ResultDocument[] {
  const long = { hostname: 'a machine with a name of its own' };
  return [
    exampleDocument(),
    documentOf(patternsDocument().results, { id: '20261122T101500Z-18ac', host: long }),
    documentOf(sweep().results, { id: '20261123T101500Z-28ac' }),
  ];
}

function file(documents: readonly ResultDocument[], name: string): string {
  return latexFiles(documents).find((one) => one.name === name)?.text ?? '';
}

function sweep(): ResultDocument {
  const cells = [1, 4096, 65_536].flatMap((sizeBytes, i) =>
    ['pipe', 'tcp'].map((probe, k) =>
      madeUpCell(
        { given: { index: i * 2 + k, probe, sizeBytes }, medianNs: 5000 + sizeBytes },
        i * 2 + k,
      ),
    ),
  );
  return documentOf(cells);
}

describe('latexFiles', () => {
  test('tables, commands, data and a document', async () => {
    const files = latexFiles([exampleDocument()]);
    expect(files.map(({ name }) => name)).toEqual([
      'ipcbench.tex',
      'ipcbench-tables.tex',
      'ipcbench-macros.tex',
      'ipcbench-echo.dat',
      'ipcbench-echo-pipe-two-cores-block.dat',
    ]);
    for (const { name, text } of files) {
      await expect(text).toMatchFileSnapshot(`../fixtures/golden/latex/${name}`);
    }
    expect(renderLatexTables([exampleDocument()])).toBe(files[1]?.text);
  });

  test('a command for each number, with letters only and none twice', () => {
    const patterns = patternsDocument();
    fc.assert(
      fc.property(oddDocuments, (odd) => {
        const text = file([patterns, ...odd.map(renamed)], 'ipcbench-macros.tex');
        const commands = text.split('\n').filter((line) => !line.startsWith('%') && line !== '');
        const names = commands.map(
          (line) => /^\\newcommand\{\\(ipc[A-Za-z]+)\}\{.*\}$/.exec(line)?.[1],
        );
        expect(names).not.toContain(undefined);
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 30 },
    );
  });

  test('commands have the digits of the tables', () => {
    const text = file([exampleDocument()], 'ipcbench-macros.tex');
    expect(text).toMatch(
      /^\\newcommand\{\\ipcPipeOneBTwoCoresBlockMedian\}\{5\.2\d*\\,\\textmu\{\}s\}$/m,
    );
  });

  test('several runs have letters, which every table explains', () => {
    const text = renderLatexTables(several());
    expect(text).toMatch(/^ +C & pipe & 1 B /m);
    expect(text).not.toMatch(/^ +2026/m);
    expect(text).toContain('B: run 20261122T101500Z-18ac on a machine with a name of its own');
    expect(text).toContain('run B, size');
    expect(file(several(), 'ipcbench.tex')).toContain('Run C, 20261123T101500Z-28ac:');
    // Commands keep names that don't depend on what else there is.
    expect(file(several(), 'ipcbench-macros.tex')).toContain('OneEightAc');
    expect(renderLatexTables([exampleDocument()])).not.toContain('A: run');
  });

  test('a row may begin with a bracket', () => {
    const cell = madeUpCell({ given: { probe: '[x]' }, medianNs: 5000 }, 1);
    expect(renderLatexTables([documentOf([cell])])).toMatch(/^ +\{\}\[x\] & /m);
  });

  test('so may a note', () => {
    const cell = madeUpCell({ given: { probe: '[x' }, medianNs: 5000 }, 1);
    const text = file([documentOf([{ ...cell, reason: '[a' }, cell])], 'ipcbench.tex');
    for (const item of text.match(/^ *\\item.*$/gm) ?? []) expect(item).toMatch(/\\item\{\} /);
  });

  test('what a page has no room for is said', () => {
    expect(renderLatexTables(several())).toContain('Left out for want of width: p99');
    expect(renderLatexTables([sweep()])).not.toContain('Left out');
  });

  test('the reference is in the data, and not in the figure', () => {
    const [, first = '', second = ''] = file([exampleDocument()], 'ipcbench-echo.dat').split('\n');
    expect(first).toMatch(/^nan .*null/);
    expect(second).toMatch(/^1 .*pipe/);
  });

  test('data has a row for each cell with figures, and the median within what digits allow', () => {
    const document = patternsDocument();
    const [head = '', ...rows] = file([document], 'ipcbench-echo.dat').trimEnd().split('\n');
    const at = head.split(' ').indexOf('median_us');
    const measured = document.results.filter(
      (cell) => cell.pattern === 'echo' && operationTimes(cell) !== null,
    );
    expect(rows).toHaveLength(measured.length);
    rows.forEach((row, i) => {
      const fields = row.match(/\{[^}]*\}|\S+/g) ?? [];
      expect(fields).toHaveLength(head.split(' ').length);
      const median = (measured[i] && operationTimes(measured[i])?.median) ?? 0;
      expect(Number(fields[at]) * 1000).toBeCloseTo(median, -Math.ceil(Math.log10(median)) + 1);
    });
  });

  test.skipIf(noLatex)(
    `compile${noLatex ? ` (${noLatex})` : ''}`,
    () => {
      // What is too wide would be beyond the margin.
      for (const documents of [
        [exampleDocument()],
        twoHosts(),
        several(),
        [sweep()],
        [documentOf([])],
      ]) {
        expect(compile(documents)).toEqual([]);
      }
    },
    120_000,
  );

  test.skipIf(noLatex)(
    'compile with a figure of one row whose name has commas and an open bracket',
    () => {
      const [first] = exampleDocument().results.filter(({ status }) => status === 'ok');
      if (!first) throw new Error('no cell');
      const one = { ...first, probe: 'a, (b, c', options: { 'x, (': '(y' } };
      expect(compile([documentOf([one])])).toEqual([]);
    },
    60_000,
  );

  test.skipIf(noLatex)(
    'compile whatever names hold',
    () => {
      fc.assert(
        fc.property(oddDocuments, (documents) => {
          compile(documents);
        }),
        { numRuns: 6, endOnFailure: true },
      );
    },
    240_000,
  );

  test.skipIf(noLatex || spawnSync('pdftotext', ['-v']).error)(
    'print what was measured',
    () => {
      const place = mkdtempSync(join(folder, 'p-'));
      for (const { name, text } of latexFiles([exampleDocument()]))
        writeFileSync(join(place, name), text);
      execFileSync('pdflatex', ['-interaction=batchmode', 'ipcbench.tex'], {
        cwd: place,
        stdio: 'ignore',
      });
      const printed = execFileSync('pdftotext', ['-layout', 'ipcbench.pdf', '-'], {
        cwd: place,
        encoding: 'utf8',
      });
      expect(printed).toMatch(/unix-stream\s+1 MiB/);
      expect(printed).toContain('not available');
      expect(printed).toContain('confidence intervals');
    },
    60_000,
  );
});

/** Runs of their own, whatever the others are called. */
function renamed(document: ResultDocument): ResultDocument {
  return { ...document, run: { ...document.run, id: `odd-${document.run.id}` } };
}

describe('texText', () => {
  test('is of characters that every engine knows', () => {
    fc.assert(
      fc.property(oddText, (text) => {
        expect(texText(text)).toMatch(/^[ -~\u00c0-\u00ff]*$/);
        expect(commandName(text)).toMatch(/^[A-Za-z]*$/);
      }),
    );
  });

  test.each([
    ['a_b & 5 %', 'a\\_b \\& 5\\,\\%'],
    ['--all', '-{}-all'],
    ['10^6 bytes', '$10^{6}$ bytes'],
    ['\u{1f600}', '{[U+1F600]}'],
  ])('%s', (text, expected) => expect(texText(text)).toBe(expected));

  test.each([
    ['5.21 µs', '5.21\\,\\textmu{}s'],
    ['410M', '410\\,M'],
    ['<0.01', '$<$0.01'],
    ['12 %', '12\\,\\%'],
    ['5/10', '5/10'],
  ])('numbers: %s', (text, expected) => expect(texNumber(text)).toBe(expected));

  test.each([
    ['pipe, 64 KiB', 'PipeSixFourKiB'],
    ['unix-stream', 'UnixStream'],
    ['é', 'UENine'],
  ])('names: %s', (text, expected) => expect(commandName(text)).toBe(expected));
});
