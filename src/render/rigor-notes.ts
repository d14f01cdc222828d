import { operationTimes } from '../store/operation.js';
import type { CellResult, ResultDocument } from '../store/schema.js';
import { placeText } from './place.js';

/** Rows that a note names before it only counts. */
const NAMED_AT_MOST = 5;

/** How the trials came about: when they stopped, whether they were steady, where the run was cut. */
export function rigorNotes(document: ResultDocument): string[] {
  const notes = [precisionNote(document), maxTimeNote(document), unsteadyNote(document.results)];
  return [...notes, resumedNote(document)].filter((note) => note !== null);
}

/** How many trials a row has, for the line that names the run. */
export function trialsText({ trials, min_trials, precision }: NonNullable<Plan>): string {
  const adaptive = precision !== null && min_trials !== null && min_trials < trials;
  return adaptive ? `${min_trials} to ${trials} trials` : `${trials} trials`;
}

type Plan = ResultDocument['run']['plan'];

function precisionNote({ run, results }: ResultDocument): string | null {
  const target = run.plan?.precision ?? null;
  if (target === null) return null;
  const reached = results.filter(({ stopped }) => stopped === 'precision').length;
  const capped = results.filter(({ stopped }) => stopped === 'max-trials');
  const ofRatio = run.plan?.precision_of === 'ratio';
  const missed = named(capped, (cell) =>
    [cell.probe, `(${placeText(cell)})`, ...(ofRatio ? [] : [widthText(cell)])].join(' '),
  );
  const [what, whose] = ofRatio
    ? ['Blocks of a size', 'the intervals of all ratios within them are within']
    : ['Trials of a row', 'its interval is within'];
  return [
    `${what} stop when ${whose} ${percent(target)} of the ${ofRatio ? 'ratio' : 'median'} (precision): ${reached} of ${results.length} rows.`,
    capped.length === 0
      ? ''
      : ` Stopped before, at ${run.plan?.trials} trials (max-trials): ${missed}.`,
  ].join('');
}

function maxTimeNote({ results }: ResultDocument): string | null {
  const cut = results.filter(({ stopped }) => stopped === 'max-time').length;
  if (cut === 0) return null;
  return `The time was up (max-time) for ${cut} of ${results.length} rows: they have fewer trials than planned.`;
}

function unsteadyNote(results: readonly CellResult[]): string | null {
  const rows = results.filter((cell) => unsteady(cell).length > 0);
  if (rows.length === 0) return null;
  const list = named(rows, (cell) => `${cell.probe} (${placeText(cell)}) ${unsteadyText(cell)}`);
  return `Trials that were not steady over their timed window: ${list}. Drifting: a longer --warmup may help; never steady: the level jumps.`;
}

function unsteady(cell: CellResult): string[] {
  return cell.per_trial.flatMap(({ steadiness }) =>
    steadiness && steadiness.verdict !== 'steady' ? [steadiness.verdict] : [],
  );
}

/** `2 drifting, 1 never steady (of 5)` */
function unsteadyText(cell: CellResult): string {
  const verdicts = unsteady(cell);
  const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
  const [drifting, never] = [count('drifting'), count('never steady')];
  const parts = [
    ...(drifting > 0 ? [`${drifting} drifting`] : []),
    ...(never > 0 ? [`${never} never steady`] : []),
  ];
  return `${parts.join(', ')} (of ${cell.trials})`;
}

function resumedNote({ run }: ResultDocument): string | null {
  const resumed = run.resumed ?? [];
  if (resumed.length === 0) return null;
  const changes = [...new Set(resumed.flatMap(({ host_differs }) => host_differs))];
  const times = resumed.length === 1 ? 'once' : `${resumed.length} times`;
  const host = changes.length === 0 ? '' : ` The host had changed: ${changes.join('; ')}.`;
  return `This run was cut off and resumed ${times}, after ${resumed.map(({ trials }) => trials).join(', ')} trials.${host}`;
}

function widthText(cell: CellResult): string {
  const times = operationTimes(cell);
  if (!times?.ci95 || times.median === 0) return 'without an interval';
  const [low, high] = times.ci95;
  return `± ${percent((high - low) / 2 / times.median)}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function named(cells: readonly CellResult[], text: (cell: CellResult) => string): string {
  const more = cells.length - NAMED_AT_MOST;
  const list = cells.slice(0, NAMED_AT_MOST).map(text).join('; ');
  return more > 0 ? `${list}; and ${more} more rows` : list;
}
