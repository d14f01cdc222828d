import { describe, expect, test } from 'vitest';
import { fitTable, type LatexColumn } from '../../src/render/latex-fit.js';
import type { TableColumn } from '../../src/render/table-columns.js';

function column(name: string, text: string, span: LatexColumn['span'] = 1): LatexColumn {
  const kind: TableColumn['kind'] = span === 1 ? 'place' : 'figure';
  const made: TableColumn = {
    ...{ key: name, name, heading: [name] },
    align: 'left',
    kind,
    blank: new Set(),
    cells: [text],
  };
  return { column: made, span };
}

const place = (characters: number) => column('options', 'x'.repeat(characters));
const figures = [
  column('median', '5.214 µs [5.101 .. 5.301]', 3),
  column('p99', '15.2 µs', 2),
  column('trials', '5/10'),
];

describe('fitTable', () => {
  test('the usual font where there is room', () => {
    const fit = fitTable(figures, ['p99']);
    expect(fit).toEqual({ columns: figures, font: '\\small', gapPt: 6, leftOut: [] });
  });

  test('first narrower gaps, then a smaller font, then fewer columns', () => {
    const fits = Array.from({ length: 60 }, (_, i) => 30 + i).map((n) =>
      fitTable([place(n), ...figures], ['p99', 'trials']),
    );
    const steps = fits.map(({ font, gapPt, leftOut }) => `${font} ${gapPt} ${leftOut.length}`);
    expect([...new Set(steps)].slice(0, 4)).toEqual([
      '\\small 6 0',
      '\\small 4 0',
      '\\footnotesize 3 0',
      '\\footnotesize 3 1',
    ]);
  });

  test('what can’t be spared stays, however wide', () => {
    const { columns, leftOut } = fitTable([place(200), ...figures], ['p99', 'nothing', 'trials']);
    expect(leftOut).toEqual(['p99', 'trials']);
    expect(columns.map(({ column: { name } }) => name)).toEqual(['options', 'median']);
  });
});
