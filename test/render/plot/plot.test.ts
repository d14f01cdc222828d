import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawPng, drawSvg } from '../../../src/render/plot/draw.js';
import { PLOT_KINDS, type PlotKind } from '../../../src/render/plot/kinds.js';
import { plotSpec } from '../../../src/render/plot/plot.js';
import { formOf } from '../../../src/render/plot/plot-file.js';
import { publishedDocument } from '../../../src/session/published-document.js';
import { parsePublishedTable1 } from '../../../src/store/published.js';
import type { ResultDocument } from '../../../src/store/schema.js';
import {
  documentOf,
  exampleDocument,
  madeUpCell,
  patternsDocument,
} from '../../fixtures/measurements.js';
import { oddDocuments, twoHosts } from '../../fixtures/odd-documents.js';

/** Of everything that kinds want: sizes, clients, pairs of processors. */
function full(): ResultDocument {
  const extra = [1, 2, 4].flatMap((clients, i) =>
    [64, 4096].map((sizeBytes, k) => ({
      ...madeUpCell(
        { given: { probe: 'doors', sizeBytes }, medianNs: 900 * clients },
        50 + i * 2 + k,
      ),
      clients,
    })),
  );
  return documentOf([...exampleDocument().results, ...extra]);
}

const published = publishedDocument(
  parsePublishedTable1(
    JSON.parse(
      readFileSync(new URL('../../../results/published/table1.json', import.meta.url), 'utf8'),
    ),
  ),
);

const schemaPath = createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json');
const validate = new Ajv({ strict: false, allErrors: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(schemaPath, 'utf8')),
);

describe.each(PLOT_KINDS)('%s', (kind) => {
  test('is a valid specification', async () => {
    const spec = plotSpec([full()], kind);
    expect(validate(spec), JSON.stringify(validate.errors)).toBe(true);
    await expect(`${JSON.stringify(spec, null, 1)}\n`).toMatchFileSnapshot(
      `../../fixtures/golden/plot/${kind}.vl.json.txt`,
    );
  });

  test('is drawn: title, run and units are in it', async () => {
    const svg = await drawSvg(plotSpec([full()], kind));
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('20261121T031500Z-7f3a');
    expect(svg).toMatch(kind === 'scaling' ? /Round trips\/s/ : /\d (ns|µs|ms)</);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('plotSpec', () => {
  test.each(['bars', 'ecdf', 'violin', 'anatomy'] as const)(
    '%s of odd results',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(oddDocuments, async (odd) => {
          const spec = plotSpec([...odd.map((one) => withPipe(one))], kind);
          expect(await drawSvg(spec)).not.toMatch(/NaN|undefined/);
        }),
        { numRuns: 8 },
      );
    },
    60_000,
  );

  test('a name with a separator of lines can be drawn', async () => {
    const { results, ...document } = exampleDocument();
    const named = results.map((cell) => ({ ...cell, options: { odd: `a\u2028${cell.wait}` } }));
    for (const kind of ['bars', 'anatomy', 'ecdf'] as const) {
      const drawn = await drawSvg(plotSpec([{ ...document, results: named }], kind));
      expect(drawn).toContain('<svg');
    }
  });

  test('published figures have their source, and no interval', () => {
    const spec = plotSpec([exampleDocument(), published], 'bars');
    const text = JSON.stringify(spec);
    expect(text).toContain('Jim Voll');
    expect(text).toContain('"66 µs"');
    expect(text).toContain('"row":"doors, published"');
    expect(validate(spec)).toBe(true);
  });

  test('anatomy says what is missing', () => {
    expect(JSON.stringify(plotSpec([full()], 'anatomy'))).toContain('plot --profile');
  });

  test('the reference is drawn where it was chosen, or there is nothing else', () => {
    const rowsOf = (spec: unknown) =>
      (spec as { data: { values: { row: string }[] } }).data.values.map(({ row }) => row);
    const plain = plotSpec([exampleDocument()], 'bars');
    expect(rowsOf(plain).join()).not.toContain('null');
    expect(JSON.stringify(plain)).toContain('Not drawn: null');
    const chosen = plotSpec([exampleDocument()], 'bars', undefined, { withReference: true });
    expect(rowsOf(chosen).join()).toContain('null');
    expect(JSON.stringify(chosen)).not.toContain('Not drawn');
    const [reference] = exampleDocument().results;
    const alone = plotSpec([documentOf(reference ? [reference] : [])], 'bars');
    expect(rowsOf(alone)).toEqual(['null']);
  });

  test('a large matrix has its medians only', () => {
    const matrix = (processors: number) =>
      documentOf(
        Array.from({ length: processors ** 2 }, (_, index) => {
          const [clientCpu, serverCpu] = [Math.floor(index / processors), index % processors];
          const given = { index, probe: 'futex', placement: 'all' as const, clientCpu, serverCpu };
          return madeUpCell({ given, medianNs: 5000, trials: 2 }, index);
        }),
      );
    expect(JSON.stringify(plotSpec([matrix(4)], 'heatmap'))).toContain('below, the intervals');
    const large = JSON.stringify(plotSpec([matrix(17)], 'heatmap'));
    expect(large).not.toContain('below, the intervals');
    expect(large).not.toContain('"text":{"field":"ends"}');
  });

  test('many ways to wait and to be placed have a panel each', () => {
    const cells = (['block', 'spin', 'adaptive'] as const).flatMap((wait) =>
      (['same-core', 'two-cores'] as const).flatMap((placement) =>
        [1, 64].map((sizeBytes) =>
          madeUpCell({ given: { sizeBytes, wait, placement }, medianNs: 5000 }, sizeBytes),
        ),
      ),
    );
    const spec = plotSpec([documentOf(cells)], 'sweep');
    expect(spec).toMatchObject({ columns: 3, facet: { field: 'panel' } });
    expect(validate(spec), JSON.stringify(validate.errors)).toBe(true);
  });

  test('hosts are told apart', () => {
    expect(JSON.stringify(plotSpec(twoHosts(), 'bars'))).toContain('rack 7/b');
  });

  test('other patterns are named, and can be chosen', () => {
    expect(JSON.stringify(plotSpec([patternsDocument()], 'bars'))).toContain('not drawn: stream');
    expect(JSON.stringify(plotSpec([patternsDocument()], 'bars', 'load'))).toContain(
      'Median response',
    );
    expect(() => plotSpec([patternsDocument()], 'bars', 'shout')).toThrow(/No cell of pattern/);
  });

  test('a matrix of processors is a heat map', () => {
    expect(JSON.stringify(plotSpec([patternsDocument()], 'heatmap'))).toContain(
      'Server’s processor',
    );
  });

  test.each([
    ['sweep', /two message sizes/],
    ['scaling', /two numbers of clients/],
    ['heatmap', /placement all/],
  ] as const)('%s of too little is refused', (kind: PlotKind, message) => {
    const [, pipe] = exampleDocument().results;
    expect(() => plotSpec([documentOf(pipe ? [pipe] : [])], kind)).toThrow(message);
  });

  test('nothing to plot is said', () => {
    for (const kind of PLOT_KINDS)
      expect(() => plotSpec([documentOf([])], kind)).toThrow(/nothing/);
  });
});

/** A cell with all figures, so that every kind has something to draw. */
function withPipe(document: ResultDocument): ResultDocument {
  const [, pipe] = exampleDocument().results;
  return { ...document, results: [...document.results, ...(pipe ? [pipe] : [])] };
}

describe('formOf', () => {
  test('knows forms by the names of files', async () => {
    const spec = plotSpec([exampleDocument()], 'bars');
    expect(await formOf('x.vl.json')(spec)).toBe(`${JSON.stringify(spec, null, 2)}\n`);
    expect(() => formOf('x.gif')).toThrow(/doesn't say what to draw/);
  });

  test('a PNG is one', async () => {
    const png = await drawPng(plotSpec([exampleDocument()], 'bars'));
    expect([...png.slice(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  });
});
