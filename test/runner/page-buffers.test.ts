import { expect, test } from 'vitest';
import { at, BUFFERS_LAYOUT } from '../../src/runner/page-layout.js';
import { PlayedPage } from '../support/page.js';

function played(values: Readonly<Record<string, number>>, overflows = 0) {
  const { buffer, page } = new PlayedPage();
  const view = new DataView(buffer);
  const put = (side: string, name: string, value: number) =>
    view.setBigUint64(at(`buffers_${side}`) + at(name, BUFFERS_LAYOUT), BigInt(value), true);
  for (const [name, value] of Object.entries(values)) put('client', name, value);
  put('server', 'overflows', overflows);
  return page.measurement().buffers;
}

const books = { buffer_bytes: 5120, looks: 10, in_use_sum: 25, peak: 4, span_ns: 1000 };

test('are absent where no books were kept', () => {
  expect(played({})).toBeUndefined();
});

test('have an exact mean where each holding was timed', () => {
  const timed = { holdings: 8, timed: 7, held_ns: 1400, in_use_ns: 1500 };
  expect(played({ ...books, ...timed }, 3)).toEqual({
    ...{ bufferBytes: 5120, peak: 4, mean: 1.5, sampledMean: 2.5, holdings: 8, holdingNs: 200 },
    ...{ spanNs: 1000, waits: 0, failures: 0, overflows: 3 },
  });
});

test('have a sampled mean where one in sixteen was, and no holding time without any', () => {
  const few = { holdings: 160, timed: 10, held_ns: 500, in_use_ns: 500 };
  expect(played({ ...books, ...few })).toMatchObject({ mean: 2.5, holdingNs: 50 });
  expect(played({ ...books, holdings: 5 })).toMatchObject({ mean: 2.5, holdingNs: null });
});
