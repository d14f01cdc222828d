import type { OrderedPair, Table1, Table1Entry } from '../session/table1.js';
import { wrap } from './notes.js';
import type { Style } from './style.js';
import { columnName } from './table1-notes.js';
import { describeVerdict } from './verdict.js';

const INDENT = '  ';

/** What each column says about the order and the ratios of the paper. */
export function renderVerdicts(table: Table1, width: number, style: Style): string {
  const order = table.rows.map(({ probe }) => probe).join(' < ');
  const perColumn = (verdict: (column: number) => string) =>
    table.columns.flatMap((column, i) =>
      wrap(`${columnName(column)}: ${verdict(i)}`, width - INDENT.length, INDENT).map(
        (line) => INDENT + emphasised(line, style),
      ),
    );
  return [
    ...wrap(`Order as published (${order}):`, width).map(style.bold),
    ...perColumn((i) => orderText(table, i)),
    style.bold('Ratio to doors at least as published:'),
    ...perColumn((i) => ratiosText(table, i)),
  ].join('\n');
}

function emphasised(line: string, style: Style): string {
  return line.replace(
    /^([a-z]+, [a-z-]+: )(not kept|kept|undecided|yes|no)\b/,
    (_, column, word) => column + STYLES[word as keyof typeof STYLES](style)(word),
  );
}

const STYLES = {
  kept: (style: Style) => style.good,
  yes: (style: Style) => style.good,
  'not kept': (style: Style) => style.bad,
  no: (style: Style) => style.bad,
  undecided: (style: Style) => style.warn,
};

function orderText({ columns, rows }: Table1, column: number): string {
  const { order } = columns[column] as Table1['columns'][number];
  const { verdict, reversed, undecided, missing } = order;
  const measured = rows.length - missing.length;
  if (measured === 0) return verdict;
  const pairs = (measured * (measured - 1)) / 2;
  const parts = [
    ...reversed.map(reversedText),
    ...(undecided.length === 0 ? [] : [undecidedText(undecided, pairs)]),
    ...(missing.length === 0 ? [] : [`without figures: ${missing.join(', ')}`]),
  ];
  return [verdict, ...parts].join('; ');
}

function reversedText(pair: OrderedPair): string {
  return `${describeVerdict(pair, [pair.faster, pair.slower])} than ${pair.faster}`;
}

/** @param all how many pairs there are */
function undecidedText(pairs: readonly OrderedPair[], all: number): string {
  const text = (some: readonly OrderedPair[]) =>
    some.map(({ faster, slower }) => `${faster} and ${slower}`).join(', ');
  const close = pairs.filter(({ ci95 }) => ci95 !== null);
  const unknown = pairs.filter(({ ci95 }) => ci95 === null);
  if (unknown.length === all) return 'intervals need two trials';
  return [
    ...(close.length === 0 ? [] : [`not separated: ${text(close)}`]),
    ...(unknown.length === 0 ? [] : [`no interval: ${text(unknown)}`]),
  ].join('; ');
}

const ANSWERS = ['no', 'undecided', 'yes'] as const;

/** One word where all agree; else the ones that don't come first. */
function ratiosText({ rows }: Table1, column: number): string {
  const answers = rows.map(({ probe, measured }) => ({
    probe,
    answer: (measured[column] as Table1Entry).at_least_published,
  }));
  const known = answers.filter(({ answer }) => answer !== null);
  if (known.length === 0) return 'not measured';
  const groups = ANSWERS.flatMap((word) => {
    const probes = known.filter(({ answer }) => answer === word).map(({ probe }) => probe);
    return probes.length === 0 ? [] : [{ word, probes }];
  });
  const whole = groups.length === 1 && known.length === rows.length - 1;
  return groups
    .map(({ word, probes }) => (whole ? word : `${word} for ${probes.join(', ')}`))
    .join('; ');
}
