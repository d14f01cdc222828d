import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderGithub, trackedFigures } from '../../src/render/github.js';
import { operationTimes } from '../../src/store/operation.js';
import { exampleDocument } from '../fixtures/measurements.js';
import { oddDocuments } from '../fixtures/odd-documents.js';

describe('renderGithub', () => {
  test('an entry for each cell with figures', async () => {
    await expect(renderGithub([exampleDocument()])).toMatchFileSnapshot(
      '../fixtures/golden/github.json.txt',
    );
  });

  test('has the fields that actions want, whatever the result holds', () => {
    fc.assert(
      fc.property(oddDocuments, (documents) => {
        const entries = JSON.parse(renderGithub(documents));
        expect(entries).toEqual(trackedFigures(documents));
        const cells = documents.flatMap(({ results }) => results);
        expect(entries).toHaveLength(cells.filter((cell) => operationTimes(cell)).length);
        for (const { name, unit, value, range } of entries) {
          expect(name).toMatch(/./);
          expect(unit).toBe('ns');
          expect(Number.isFinite(value)).toBe(true);
          if (range !== undefined) expect(range).toMatch(/^± \d+(\.\d+)?$/);
        }
      }),
      { numRuns: 60 },
    );
  });
});
