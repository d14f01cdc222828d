import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonChunks, renderJson } from '../../src/render/json.js';
import { ndjsonChunks } from '../../src/render/ndjson.js';
import { TIDY_LEVELS, tidyTable } from '../../src/render/tidy.js';
import { exampleDocument } from '../fixtures/measurements.js';
import { oddDocuments, twoHosts } from '../fixtures/odd-documents.js';

describe('ndjsonChunks', () => {
  test('is an object per line', async () => {
    const text = [...ndjsonChunks([exampleDocument()], 'cell')].join('');
    await expect(text).toMatchFileSnapshot('../fixtures/golden/cell.ndjson');
  });

  test('holds what the tidy table has, whatever that is', () => {
    fc.assert(
      fc.property(oddDocuments, fc.constantFrom(...TIDY_LEVELS), (documents, level) => {
        const text = [...ndjsonChunks(documents, level)].join('');
        const lines = text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line));
        const { columns, rows } = tidyTable(documents, level);
        const expected = [...rows()].map((row) =>
          columns.map(({ name }, i) =>
            name === 'options' && typeof row[i] === 'string' ? JSON.parse(row[i]) : row[i],
          ),
        );
        expect(lines.map((line) => columns.map(({ name }) => line[name]))).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });
});

describe('jsonChunks', () => {
  test('one document as it was saved, several as a list', () => {
    expect([...jsonChunks([exampleDocument()])].join('')).toBe(renderJson(exampleDocument()));
    const both = twoHosts();
    const read = JSON.parse([...jsonChunks(both)].join(''));
    expect(read).toEqual(both.map((one) => JSON.parse(renderJson(one))));
  });
});
