import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderModels } from '../../src/render/model.js';
import { costModels } from '../../src/session/model.js';
import { documentOf } from '../fixtures/measurements.js';
import { sweepCells, sweepDocument } from '../fixtures/sweeps.js';

const models = costModels(sweepDocument());

describe('renderModels', () => {
  test.each([80, 120, 160])('at %i columns', async (width) => {
    const text = renderModels(models, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/model-${width}.txt`);
  });

  test('colour changes no character', () => {
    const coloured = renderModels(models, { color: true });
    expect(coloured).not.toBe(renderModels(models));
    expect(stripVTControlCharacters(coloured)).toBe(renderModels(models));
  });

  test('a result that was not calibrated shows "-" and says so', () => {
    const text = renderModels(costModels(sweepDocument({ calibration: null, host: {} })));
    expect(text).toMatch(/^tcp .* - +- +\+0/m);
    expect(text).toContain('this result has no calibration');
    expect(text).toContain('doesn’t have the sizes of the host’s caches');
  });

  test('a cost per byte that may be none has no rate', () => {
    const cells = sweepCells({ elapsed: () => 900, spread: 0.02 });
    const text = renderModels(costModels(documentOf(cells)));
    expect(text).toMatch(/^pipe .* \[-0\.\d+ \.\. 0\.\d+\] +- +- /m);
    expect(text).not.toContain('Pieces');
  });

  test('a bend that no piece can follow is said to be there', () => {
    const bump = (bytes: number) => (bytes === 64 ? 3 : 1) * (1000 + bytes);
    const cells = sweepCells({ elapsed: bump, bytes: [1, 16, 64, 256] });
    const text = renderModels(costModels(documentOf(cells)));
    expect(text).toContain('No break describes it better: pipe (two-cores, block).');
  });

  test('a piece of two sizes is not checked', () => {
    const sharp = (bytes: number) => (bytes <= 65536 ? 1000 + bytes : 50 * bytes);
    const cells = sweepCells({ elapsed: sharp, bytes: [1, 256, 4096, 65536, 262144, 1048576] });
    const text = renderModels(costModels(documentOf(cells)));
    expect(text).toMatch(/^ {2}piece .*256 KiB .. 1 MiB .* - +-$/m);
  });

  test('patterns are told apart', () => {
    const cells = (['echo', 'stream'] as const).flatMap((pattern) =>
      sweepCells({ elapsed: (bytes) => 900 + bytes, given: { pattern } }),
    );
    const text = renderModels(costModels(documentOf(cells)));
    expect(text).toMatch(/^mechanism +pattern/);
    expect(text).toMatch(/^pipe +stream/m);
  });
});
