import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reportFigures } from '../../../src/render/report/figures.js';
import { Html, html, jsonScript } from '../../../src/render/report/html.js';
import { reportPage } from '../../../src/render/report/report-page.js';
import { sortKey } from '../../../src/render/report/sort-key.js';
import { summaryOf } from '../../../src/render/report/summary.js';
import { withTips } from '../../../src/render/report/tips.js';
import { verdictsOf } from '../../../src/render/report/verdicts.js';
import type { ResultDocument } from '../../../src/store/schema.js';
import {
  documentOf,
  exampleDocument,
  madeUpCell,
  patternsDocument,
} from '../../fixtures/measurements.js';
import { oddDocuments, oddText, twoHosts } from '../../fixtures/odd-documents.js';

function page(documents: readonly ResultDocument[]): string {
  return reportPage({
    ...{ title: 'Report', documents, figures: [], results: [], css: '', script: '' },
    ...{ version: '0.1.0', seed: 1 },
  });
}

/** Two mechanisms that differ, and one like the first. */
function threeMechanisms(): ResultDocument {
  const of = (probe: string, medianNs: number, index: number) =>
    madeUpCell({ given: { probe, index }, medianNs, trials: 11, spread: 0.004 }, index + 1);
  return documentOf([
    { ...of('null', 1, 0) },
    of('tcp', 20_000, 1),
    of('pipe', 5000, 2),
    of('fifo', 5000, 3),
  ]);
}

describe('html', () => {
  test('escapes text and keeps markup', () => {
    expect(
      html`<p title="${'"'}">${'<b>&'} ${new Html('<i>x</i>')} ${[1, null, 'y']}</p>`.text,
    ).toBe('<p title="&quot;">&lt;b&gt;&amp; <i>x</i> 1y</p>');
  });

  test('no text can end the element or attribute that it is in', () => {
    fc.assert(
      fc.property(oddText, (text) => {
        const { text: made } = html`<p title="${text}">${text}</p>`;
        expect(made.match(/[<>]/g)).toEqual(['<', '>', '<', '>']);
        expect(made.match(/"/g)).toHaveLength(2);
        expect(jsonScript({ [text]: text }).text).not.toContain('<');
        expect(JSON.parse(jsonScript({ a: text }).text)).toEqual({ a: text });
      }),
    );
  });
});

describe('what cells are sorted by', () => {
  test.each([
    ['5.2 µs [5.1 .. 5.3]', 5200],
    ['820 ns*', 820],
    ['4 KiB', 4096],
    ['1 MiB', 1_048_576],
    ['410M', 410e6],
    ['12 %', 12],
    ['4.1x', 4.1],
    ['pipe', null],
    ['', null],
    ['n/a', null],
  ])('%s', (text, key) => {
    expect(sortKey(text)).toBe(key);
  });

  test('less than a number comes before it', () => {
    expect(sortKey('<0.01')).toBeLessThan(sortKey('0.01') ?? 0);
  });
});

describe('verdicts', () => {
  test('are against the fastest of the place, the reference left out', () => {
    const { places, pairs, level } = verdictsOf([threeMechanisms()], 1);
    expect(pairs).toBe(2);
    expect(level).toBeCloseTo(1 - 0.05 / 2, 12);
    expect(places).toHaveLength(1);
    const [{ fastest, others }] = places as [(typeof places)[0]];
    expect(['pipe', 'fifo']).toContain(fastest.probe);
    expect(others.map(({ cell }) => cell.probe)).toContain('tcp');
    expect(others.find(({ cell }) => cell.probe === 'tcp')?.pair.verdict).toBe('faster');
    expect(others.find(({ cell }) => cell.probe !== 'tcp')?.pair.verdict).toBe('not separated');
  });

  test('the summary says who is fastest, who is its equal, and by how much the last is slower', () => {
    const document = threeMechanisms();
    const [coverage, sentence] = summaryOf([document], verdictsOf([document], 1));
    expect(coverage).toMatch(/4 cells of 4 mechanisms measured, 11 trials of each\./);
    expect(sentence).toMatch(
      /(pipe|fifo) has the shortest median RTT, .*; not separated from it: (pipe|fifo); next is tcp, 4\.?\d*x as long\./,
    );
  });

  test('a single mechanism is compared with nothing', () => {
    const alone = documentOf([madeUpCell({ given: {}, medianNs: 5000 }, 1)]);
    expect(verdictsOf([alone], 1).places).toEqual([]);
    expect(page([alone])).toContain('every place has one mechanism');
  });
});

describe('figures', () => {
  test('are those that the results have data for', () => {
    const headings = reportFigures([exampleDocument()]).map(({ heading }) => heading);
    expect(headings).toContain('By message size');
    expect(headings.some((heading) => heading.startsWith('Percentiles'))).toBe(true);
    expect(reportFigures([documentOf([])])).toEqual([]);
  });

  test('every mark that tells something does so in its description, and no other one', () => {
    for (const { spec } of reportFigures([exampleDocument(), patternsDocument()])) {
      const text = JSON.stringify(spec);
      expect(text).not.toContain('"tooltip"');
      expect(text).toContain('"description":{"field":"tip"');
      expect(text).toMatch(/"tip":"[^"]+/);
    }
  });

  test('tips are written where the data is', () => {
    const layer = { mark: 'point', encoding: { tooltip: [{ field: 'a' }, { field: 'size' }] } };
    const made = withTips({ data: { values: [{ a: 'x', size: 4096 }] }, layer: [layer] });
    expect(made).toEqual({
      data: { values: [{ a: 'x', size: 4096, tip: 'x · 4 KiB' }] },
      layer: [{ mark: 'point', encoding: { description: { field: 'tip', type: 'nominal' } } }],
    });
  });
});

describe('the page', () => {
  test('names every run, cell, option, seed and command', () => {
    const documents = twoHosts();
    const text = page(documents);
    for (const { run, results } of documents) {
      expect(text).toContain(run.id);
      for (const { probe } of results) expect(text).toContain(`<td class="left">${probe}</td>`);
    }
    expect(text).toContain('ipcbench run pipe --seed 42');
    expect(text).toContain('<dt>duration ns</dt><dd>500000000</dd>');
    expect(text).toContain('rack 7/b');
  });

  test('has no element or address beyond its own, whatever names hold', () => {
    fc.assert(
      fc.property(oddDocuments, (documents) => {
        const text = page(documents);
        expect(text).not.toMatch(/(?:src|href)="(?!#|data:)/);
        expect(text.match(/<script/g)).toHaveLength(1);
        expect(text.split('<tr').length).toBe(text.split('</tr>').length);
        expect(text.split('<td').length).toBe(text.split('</td>').length);
      }),
      { numRuns: 30 },
    );
  });
});
