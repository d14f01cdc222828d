import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../src/render/markdown.js';
import { renderOrg } from '../../src/render/org.js';
import { documentOf, exampleDocument, patternsDocument } from '../fixtures/measurements.js';
import { oddDocuments, twoHosts } from '../fixtures/odd-documents.js';

describe('renderMarkdown', () => {
  test('a table and its notes', async () => {
    await expect(renderMarkdown([exampleDocument()])).toMatchFileSnapshot(
      '../fixtures/golden/export.md',
    );
  });

  test('several runs and patterns: a table for each pattern, columns for run and host', () => {
    const text = renderMarkdown(twoHosts());
    expect(text).toContain('### echo: round trips');
    expect(text).toContain('### load: requests');
    expect(text).toMatch(/^\| run +\| host +\| mechanism/m);
    expect(text).toContain('| rack 7/b |');
  });

  test('nothing is a sentence', () => {
    expect(renderMarkdown([documentOf([])])).toMatch(/^No results\./);
  });

  test('every line of a table has as many cells, whatever is in them', () => {
    fc.assert(
      fc.property(oddDocuments, (documents) => {
        for (const table of tablesOf(renderMarkdown(documents))) {
          const counts = table.map((line) => line.replaceAll(/\\[\\|]/g, '').split('|').length);
          expect(new Set(counts).size).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('renderOrg', () => {
  test('tables and notes', async () => {
    await expect(renderOrg([patternsDocument()])).toMatchFileSnapshot(
      '../fixtures/golden/export.org',
    );
  });

  test('every line of a table has as many cells, whatever is in them', () => {
    fc.assert(
      fc.property(oddDocuments, (documents) => {
        for (const table of tablesOf(renderOrg(documents))) {
          const lines = table.filter((line) => !line.startsWith('|-'));
          expect(new Set(lines.map((line) => line.split('|').length)).size).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Lines that begin with a bar, in groups. */
function tablesOf(text: string): string[][] {
  const groups: string[][] = [];
  let open = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) {
      open = false;
      continue;
    }
    if (!open) groups.push([]);
    open = true;
    groups.at(-1)?.push(line);
  }
  return groups;
}
