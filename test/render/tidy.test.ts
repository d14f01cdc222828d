import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TIDY_LEVELS, tidyTable } from '../../src/render/tidy.js';
import { exampleDocument, patternsDocument } from '../fixtures/measurements.js';
import { oddDocuments } from '../fixtures/odd-documents.js';

const documents = [exampleDocument(), patternsDocument()];

const FITS = {
  text: (value: unknown) => value === null || typeof value === 'string',
  number: (value: unknown) => value === null || typeof value === 'number',
  whole: (value: unknown) => value === null || Number.isInteger(value),
};

describe('tidyTable', () => {
  test('has a row for each cell, trial and bucket', () => {
    const cells = documents.flatMap(({ results }) => results);
    const trials = cells.flatMap(({ per_trial }) => per_trial);
    const buckets = trials.flatMap(({ histogram, service_time: service }) => [
      ...(histogram?.indexes ?? []),
      ...(service?.histogram.indexes ?? []),
    ]);
    const lengths = TIDY_LEVELS.map((level) => [...tidyTable(documents, level).rows()].length);
    expect(lengths).toEqual([cells.length, trials.length, buckets.length]);
  });

  test('buckets hold all samples, between their ends', () => {
    const { columns, rows } = tidyTable([exampleDocument()], 'histogram');
    const at = (name: string) => columns.findIndex((column) => column.name === name);
    let samples = 0;
    for (const row of rows()) {
      expect(Number(row[at('bucket_high_ns')])).toBeGreaterThan(Number(row[at('bucket_low_ns')]));
      samples += Number(row[at('samples')]);
    }
    const total = exampleDocument()
      .results.flatMap(({ per_trial }) => per_trial)
      .reduce((sum, trial) => sum + (trial.samples?.total ?? 0), 0);
    expect(samples).toBe(total);
  });

  test.each(TIDY_LEVELS)('values of level %s are of the types of their columns', (level) => {
    fc.assert(
      fc.property(oddDocuments, (odd) => {
        const { columns, rows } = tidyTable([...documents, ...odd], level);
        // One expectation for each of a million values would take ten times as long.
        const misfits = new Set<string>();
        for (const row of rows()) {
          if (row.length !== columns.length) misfits.add(`${row.length} values in a row`);
          columns.forEach(({ type, name }, i) => {
            if (!FITS[type](row[i] ?? null)) misfits.add(`${name}: ${row[i]}`);
          });
        }
        expect([...misfits]).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });
});
