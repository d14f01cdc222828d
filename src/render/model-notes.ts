import type { BreakRecord, CostModels, SweepModel } from '../session/model.js';
import { median } from '../stats/quantile.js';
import { placeText } from './place.js';
import { size } from './quantity.js';

/** What a reader must know about the models above. */
export function modelNotes(models: CostModels, leftOut: readonly string[]): string[] {
  const fitted = models.models.filter(({ line }) => line !== null);
  const notes: (string | null)[] = [
    leftOut.length === 0
      ? null
      : `Left out for want of width: ${leftOut.join(', ')}. A wider terminal or --json shows them.`,
    definition(fitted),
    methodNote(fitted),
    'GB/s: payload by beta alone, 10^9 bytes, both directions together where there are two. n½ = alpha / beta: the size at which half of the time is for bytes (Hockney).',
    checkNote(models),
    spreadNote(fitted),
    ...pieceNotes(fitted, models),
    ...fitted.flatMap((model) => missingNote(model) ?? []),
    bcopyNote(models, fitted),
    `Result ${models.run}.`,
  ];
  return notes.filter((note) => note !== null);
}

function definition(fitted: readonly SweepModel[]): string {
  const echo = fitted.some(({ pattern }) => pattern === 'echo');
  const meaning = echo ? 'n: bytes of the message; echo takes n there and n back.' : 'n: its size.';
  return `elapsed(n) = alpha + beta n, through the medians over trials. ${meaning}`;
}

function methodNote(fitted: readonly SweepModel[]): string {
  const by = (method: SweepModel['method']) => fitted.some((model) => model.method === method);
  const intervals = [
    ...(by('bootstrap') ? ['bootstrap over blocks of trials, one of each size'] : []),
    ...(by('student') ? ['Student’s t over such blocks below 5 trials'] : []),
  ];
  return `Least squares of relative errors (weights 1 / elapsed²): every size counts alike. Intervals: ${intervals.join('; ')}.`;
}

function checkNote({ tolerance }: CostModels): string {
  const share = Number((tolerance * 100).toPrecision(3));
  return `Deviation: the line’s error as a share of the median. Off the line: by more than ${share} %, and by more than the trials’ spread explains (95 % for all sizes together); in parentheses what is allowed, half of the sizes more, half less.`;
}

/** What is allowed on a line, half of the sizes more and half less, from which on a check says little. */
const COARSE = 0.2;

function spreadNote(fitted: readonly SweepModel[]): string | null {
  const allowed = fitted.flatMap(({ line }) =>
    line === null ? [] : [median(line.sizes.map((one) => one.allowed))],
  );
  if (!allowed.some((share) => share > COARSE)) return null;
  return 'Where so much is allowed, the trials’ spread hides all but large deviations: more or longer trials (run --trials, --precision) let the check see smaller ones.';
}

function pieceNotes(fitted: readonly SweepModel[], models: CostModels): string[] {
  const poor = fitted.filter(({ line }) => line?.holds === false);
  if (poor.length === 0) return [];
  const uncut = poor.filter(({ pieces }) => pieces === null);
  const failing = poor.filter(({ pieces }) => pieces?.some(({ holds }) => !holds));
  return [
    'Pieces: the fewest lines (of 3 sizes or more, the last of 2; 4 at most) that all sizes are on; where none do, as many as Bayes’ criterion prefers. Their intervals are for the breaks as found; alpha is the line’s value at n = 0, which a later piece doesn’t reach.',
    ...poor.flatMap((model) =>
      model.breaks.length === 0
        ? []
        : [`${named(model)} breaks ${model.breaks.map(breakText).join('; ')}.`],
    ),
    ...(uncut.length === 0
      ? []
      : [
          `No break describes it better: ${uncut.map(named).join('; ')}. Read the figures by size.`,
        ]),
    ...(failing.length === 0
      ? []
      : [`Sizes are off the pieces too: ${failing.map(named).join('; ')}.`]),
    cacheNote(models),
  ];
}

function breakText({ between_bytes: [last, first], support, near_caches }: BreakRecord): string {
  const place = `between ${size(last)} and ${size(first)}`;
  const caches = (near_caches ?? []).map(
    ({ level, size_bytes }) => `L${level}, ${size(size_bytes)}`,
  );
  const near = caches.length === 0 ? '' : `, near ${caches.join(' and ')}`;
  return `${place} (in ${Math.round(support * 100)} % of replications${near})`;
}

function cacheNote({ caches, models }: CostModels): string {
  if (caches === null) return 'The result doesn’t have the sizes of the host’s caches.';
  const near = models.some((model) => model.breaks.some((one) => one.near_caches?.length));
  const list = caches.map(({ level, size_bytes }) => `L${level} ${size(size_bytes)}`).join(', ');
  return `Caches: ${list}. ${near ? 'Near: at that size, or where 2 to 4 buffers of it fill the cache; other limits, as of a pipe or a socket’s buffer, may lie there too.' : 'No break is where a message, in up to 4 buffers, begins to fill one.'}`;
}

function missingNote(model: SweepModel): string | null {
  const { missing } = model;
  const [first] = missing;
  if (first === undefined) return null;
  const reasons = new Set(missing.map(({ reason }) => reason));
  const why = reasons.size === 1 ? first.reason : `${first.reason}; and others`;
  const sizes = missing.map(({ size_bytes }) => size(size_bytes)).join(', ');
  return `${named(model)} without ${sizes}: ${why}.`;
}

function bcopyNote({ calibrated }: CostModels, fitted: readonly SweepModel[]): string {
  if (!calibrated) {
    return 'bcopy: this result has no calibration, so there is no beta of a copy to hold beside (older results, and run --no-calibrate, have none).';
  }
  const sources = new Set(fitted.map(({ line }) => line?.bcopy?.source));
  const words = [
    ...(sources.has('cross') ? ['source just written by the other processor'] : []),
    ...(sources.has('warm') ? ['source and target in the core’s own cache, for peers on one'] : []),
  ];
  return `bcopy: beta of one copy over the same sizes, as the run was calibrated (${words.join('; ')}). beta / bcopy: how many copies one byte costs as much as.`;
}

function named(model: SweepModel): string {
  const place = placeText({ ...model, size_bytes: 0 }).replace(/^0 B, /, '');
  return `${model.probe} (${place})`;
}
