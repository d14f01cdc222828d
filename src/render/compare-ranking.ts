import type { RankedCell, Ranking } from '../session/compare-types.js';
import {
  asPlace,
  cpuText,
  isNamed,
  medianText,
  type PairColumn,
  timesText,
} from './compare-columns.js';
import type { Column } from './grid.js';
import { operationWords } from './operation-words.js';
import { placeColumns } from './place.js';
import { ratioText } from './verdict.js';

interface Line {
  readonly ranking: Ranking;
  readonly cell: RankedCell;
}

/** Columns for the ranked sides of the places of one pattern. */
export function rankingColumns(pattern: string, rankings: readonly Ranking[]): PairColumn[] {
  const words = operationWords(pattern);
  const lines = rankings.flatMap((ranking) => ranking.cells.map((cell) => ({ ranking, cell })));
  const figures = (
    kind: PairColumn['kind'],
    name: string,
    heading: readonly string[],
    text: (cell: RankedCell) => string,
  ): PairColumn => {
    const cells = lines.map(({ cell }) => (cell.median_ns === null ? '' : text(cell)));
    const align = kind === 'verdict' ? 'left' : 'right';
    return { kind, name, heading, align, cells, narrow: null };
  };
  const median = figures('figure', 'median', [`${words.median} [95 % CI]`], (cell) =>
    medianText(cell, true),
  );
  return [
    ...placesOf(lines).map(asPlace),
    {
      ...median,
      narrow: figures('figure', 'median', [words.median], (cell) => medianText(cell, false)),
    },
    figures('figure', 'ratio', ['ratio to the', 'fastest [95 % CI]'], ratioOf),
    figures('cpu', 'CPU', [`CPU/${words.one}`], cpuText),
    figures('cpu-ratio', 'CPU ratio', ['CPU', 'ratio'], ({ cpu_ratio: ratio }) => timesText(ratio)),
    figures('verdict', 'group', ['group'], ({ group }) => group),
  ];
}

function ratioOf({ ratio, ratio_ci95: ci95 }: RankedCell): string {
  if (ratio === null) return '1x';
  return ci95 === null ? timesText(ratio) : ratioText(ratio, ci95);
}

/** A place's own values, but of each side those in which the sides differ on purpose. */
function placesOf(lines: readonly Line[]): Column[] {
  const places = lines.map(({ ranking: { place }, cell }) => ({
    ...place,
    wait: cell.wait,
    placement: cell.placement,
  }));
  const named = lines.every(({ ranking, cell }) => isNamed(cell, ranking.place));
  const column = (name: string, texts: readonly string[]): Column => {
    return { heading: [name], name, align: 'left', cells: texts };
  };
  return [
    column(
      'side',
      lines.map(({ cell }) => cell.side),
    ),
    ...(named
      ? []
      : [
          column(
            'mechanism',
            lines.map(({ cell }) => cell.probe),
          ),
        ]),
    ...placeColumns(places),
  ];
}
