import type { Comparison, Crossover } from '../session/compare-types.js';
import { CPU_RATIO_WORDS, hasFigures, RANK_WORDS } from './compare-columns.js';
import { groupBy } from './group.js';
import { ofGroups, withinBlocks } from './method-words.js';
import { operationWords } from './operation-words.js';
import { atPlace } from './quantity.js';

/** What a reader of a comparison must know: only what applies. */
export function comparisonNotes(comparison: Comparison, leftOut: readonly string[]): string[] {
  const { pairs } = comparison;
  const patterns = new Set(pairs.map((pair) => pair.pattern));
  const definitions = new Set([...patterns].map((name) => operationWords(name).definition));
  const without = pairs.some((pair) => hasFigures(pair) && pair.ci95 === null);
  return [
    ...crossoverNotes(comparison),
    ...(leftOut.length === 0 ? [] : [`Left out for want of width: ${leftOut.join(', ')}.`]),
    ...comparison.notes,
    ...comparison.unmatched.map((cell) => `Not compared: ${cell}.`),
    ...(pairs.some(hasFigures) ? [[...definitions].join(' ')] : []),
    ...(pairs.length === 0 ? [] : methodNotes(comparison, leftOut)),
    ...(patterns.has('load') && !leftOut.includes(`CPU time per ${operationWords('load').one}`)
      ? ['CPU time under load includes the client’s polling for the next due time.']
      : []),
    ...(without ? ['Not comparable: an interval needs two trials of each side.'] : []),
  ];
}

function methodNotes(comparison: Comparison, leftOut: readonly string[]): string[] {
  const { rule, rankings } = comparison;
  const level = percent(rule.level);
  const several =
    rule.pairs > 1
      ? ` at ${level} (Bonferroni over ${rule.pairs} pairs, so that all claims together hold at 95 %)`
      : '';
  return [
    ...ratioNotes(comparison),
    rankings.length === 0
      ? `Ratio: time of the slower over that of the faster; 2x is half the time. Faster: the interval${several} excludes 1, and the ratio is beyond the noise threshold of ${percent(rule.noise)}. Not separated: not so, which doesn’t show that the two are equal.`
      : `Ratio: to the fastest of the place. Those that share a letter are not separated: the interval of their ratio${several} includes 1, or the ratio is within the noise threshold of ${percent(rule.noise)}; that doesn’t show that they are equal.`,
    ...(rankings.length > 0 || leftOut.includes(RANK_WORDS) ? [] : [testNote(comparison)]),
    ...(leftOut.includes(CPU_RATIO_WORDS)
      ? []
      : ['CPU ratio: of CPU time per operation, in the direction of the ratio.']),
  ];
}

/** Pairs with an interval: compared within blocks, and as groups of trials. */
function byMethod({ pairs }: Comparison) {
  const compared = pairs.filter(({ ci95 }) => ci95 !== null);
  const blocks = compared.flatMap((pair) => pair.blocks ?? []);
  const groups = compared.filter((pair) => pair.blocks === null);
  return { blocks, groups: compared.length > 0 ? groups : pairs };
}

/** How the ratios come about. */
function ratioNotes(comparison: Comparison): string[] {
  const { blocks, groups } = byMethod(comparison);
  const trials = groups.flatMap(({ a, b }) => [a.trials, b.trials]);
  if (blocks.length === 0) return [`Ratios ${ofGroups(trials, comparison.seed)}.`];
  if (groups.length === 0) return [`Ratios: ${withinBlocks(blocks)}. Medians: of all trials.`];
  return [
    `Ratios of what was measured together: ${withinBlocks(blocks)}. Medians: of all trials.`,
    `Other ratios: ${ofGroups(trials, comparison.seed)}.`,
  ];
}

/** What p and the effect size are. */
function testNote(comparison: Comparison): string {
  const { blocks, groups } = byMethod(comparison);
  const { pairs } = comparison.rule;
  const holm = `two-sided${pairs > 1 ? `, adjusted by Holm over ${pairs} pairs` : ''}`;
  const [within, among] = ['sign test over blocks', 'Mann–Whitney over the medians of trials'];
  const acrossGroups = '+1 when every trial of the second side took longer';
  if (blocks.length === 0) return `p: ${among}, ${holm}. Effect: Cliff’s delta, ${acrossGroups}.`;
  const ofBlocks = '+1 when the second side took longer in every block';
  if (groups.length === 0) {
    return `p: ${within}, ${holm}. Effect: Cliff’s delta within blocks, ${ofBlocks}.`;
  }
  return `p: ${within}, else ${among}, ${holm}. Effect: Cliff’s delta within blocks, ${ofBlocks}; else ${acrossGroups}.`;
}

/** `95 %`, `99.76 %`: as many digits as tell it from 100. */
function percent(part: number): string {
  const shown = 100 * part;
  const place = shown < 99.95 ? -2 : -4;
  return `${Number(atPlace(shown, place))} %`;
}

/** Over a sweep of sizes, where the order changes or that it isn't shown to. */
function crossoverNotes({ pairs, crossovers }: Comparison): string[] {
  const sweeps = groupBy(pairs, ({ a, b, pattern }) => JSON.stringify([a.side, b.side, pattern]));
  const swept = [...sweeps.values()].filter(
    (sweep) => new Set(sweep.map((pair) => pair.size_bytes)).size > 1,
  );
  if (swept.length === 0) return [];
  if (crossovers.length === 0) return ['No change of the order over the sizes is shown.'];
  const places = new Set(crossovers.map(({ placement, wait }) => `${placement} ${wait}`));
  return crossovers.map((one) => crossoverText(one, places.size > 1));
}

function crossoverText(crossover: Crossover, withPlace: boolean): string {
  const { below, above, size_bytes: at, ci95_bytes: ci95, placement, wait } = crossover;
  const place = withPlace ? ` (${placement}, ${wait})` : '';
  const ends = ci95.map(aboutSize).join(' .. ');
  return `The order changes at about ${aboutSize(at)} [${ends}]${place}: ${below} is faster below, ${above} above.`;
}

/** A size that is no power of two, to two digits or the unit. */
function aboutSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${atPlace(value, value < 10 && unit > 0 ? -1 : 0)} ${units[unit]}`;
}
