import { operationTimes } from '../../store/operation.js';
import type { CellResult, ResultDocument } from '../../store/schema.js';
import { timesText } from '../compare-columns.js';
import { operationWords } from '../operation-words.js';
import { durationWithInterval, halfWidth, lastPlace } from '../quantity.js';
import type { PlaceVerdicts, Verdicts } from './verdicts.js';

/** Places of which the summary speaks; the tables have them all. */
const PLACES_AT_MOST = 4;

/** What a reader in a hurry should know, in sentences. */
export function summaryOf(documents: readonly ResultDocument[], verdicts: Verdicts): string[] {
  return [
    ...documents.map(coverage),
    ...chosen(verdicts.places).map(placeSentence),
    ...(verdicts.places.length > PLACES_AT_MOST
      ? [`${verdicts.places.length - PLACES_AT_MOST} more places are in the tables below.`]
      : []),
  ];
}

/** `22 of 23 cells have figures, 12 mechanisms, 10 trials of each cell.` */
function coverage({ run, results }: ResultDocument): string {
  const measured = results.filter((cell) => operationTimes(cell) !== null);
  const mechanisms = new Set(measured.map(({ probe }) => probe)).size;
  const trials = [...new Set(measured.map((cell) => cell.trials))].sort((a, b) => a - b);
  const [least, most] = [trials[0], trials.at(-1)];
  const each = least === most ? `${least ?? 0}` : `${least} to ${most}`;
  const rest = [
    ...counted(results, 'unavailable', 'not available here'),
    ...counted(results, 'failed', 'failed'),
    ...(run.complete ? [] : ['the run was ended before its plan was through']),
  ];
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  return (
    `Run ${run.id}: ${plural(measured.length, 'cell')} of ${plural(mechanisms, 'mechanism')} ` +
    `measured, ${plural(Number(most ?? 0), 'trial').replace(/^\d+/, each)} of each` +
    `${rest.length === 0 ? '' : `; ${rest.join('; ')}`}.`
  );
}

function counted(results: readonly CellResult[], status: string, words: string): string[] {
  const count = results.filter((cell) => cell.status === status).length;
  return count === 0 ? [] : [`${count} ${words}`];
}

/** The smallest and the largest message of the first ways to wait, rather than four neighbours. */
function chosen(places: readonly PlaceVerdicts[]): readonly PlaceVerdicts[] {
  if (places.length <= PLACES_AT_MOST) return places;
  const step = (places.length - 1) / (PLACES_AT_MOST - 1);
  return Array.from(
    { length: PLACES_AT_MOST },
    (_, i) => places[Math.round(i * step)] as PlaceVerdicts,
  );
}

function placeSentence({ pattern, place, fastest, others }: PlaceVerdicts): string {
  const { median } = operationWords(pattern);
  const told = others.filter(({ pair }) => pair.verdict === 'faster' && pair.ratio !== null);
  const equal = others.filter(({ pair }) => pair.verdict === 'not separated');
  const [next] = told;
  const last = told.at(-1);
  const clauses = [
    ...(equal.length === 0
      ? []
      : [`not separated from it: ${equal.map(({ cell }) => cell.probe).join(', ')}`]),
    ...(next === undefined
      ? []
      : [`next is ${next.cell.probe}, ${timesText(next.pair.ratio)} as long`]),
    ...(last === undefined || last === next
      ? []
      : [`last is ${last.cell.probe}, ${timesText(last.pair.ratio)} as long`]),
  ];
  const lead = `${place === '' ? pattern : `${pattern}, ${place}`}: ${fastest.probe} has the shortest ${median}, ${medianText(fastest)}`;
  return `${[lead, ...clauses].join('; ')}.`;
}

function medianText(cell: CellResult): string {
  const times = operationTimes(cell);
  if (times === null) return '–';
  const place = lastPlace(times.median, halfWidth(times.ci95));
  return durationWithInterval(times.median, times.ci95, place).replace(' [n/a]', '');
}
