import type { Gate, GateChange, GateCheck } from '../session/compare-gate.js';
import type { Comparison } from '../session/compare-types.js';
import type { ResultDocument } from '../store/schema.js';
import { renderComparison } from './compare.js';
import { wrap } from './notes.js';
import { atPlace, halfWidth, lastPlace } from './quantity.js';
import { createStyle } from './style.js';
import { renderTable, type TableOptions, widthsFor } from './table.js';

/** What there is to show: of a side alone its document. */
export interface CompareReport {
  readonly comparison: Comparison;
  readonly gate: Gate | null;
  readonly measured: { readonly document: ResultDocument } | null;
  readonly saved: readonly ResultDocument[];
}

/** A comparison, and under it what its gate says. Ends in a newline. */
export function renderCompared(report: CompareReport, options: TableOptions = {}): string {
  const { comparison, gate, measured, saved } = report;
  const alone = measured?.document ?? saved[0];
  if (comparison.sides.length < 2 && alone !== undefined) return renderTable(alone, options);
  const table = renderComparison(comparison, options);
  return gate === null ? table : `${table}\n${renderGate(gate, options)}`;
}

/** What a gate says: every check that isn't within its rule, and why. Ends in a newline. */
export function renderGate(gate: Gate, options: TableOptions = {}): string {
  const style = createStyle(options.color ?? false);
  const width = widthsFor(options).notes;
  const rules = [...new Set(gate.checks.map(({ rule }) => rule))].join(', ');
  const within = gate.checks.filter(({ verdict }) => verdict === 'within').length;
  const head = `Gate (${rules}) ${gate.passed ? 'passed' : 'failed'}: ${within} of ${gate.checks.length} checks within their rule.`;
  const lines = gate.checks
    .filter(({ verdict }) => verdict !== 'within')
    .flatMap((check) => wrap(checkText(check), width - 2).map((line) => `  ${line}`));
  return `${[(gate.passed ? style.good : style.bad)(head), ...lines].join('\n')}\n`;
}

function checkText(check: GateCheck): string {
  const { rule, cell, side, reference } = check;
  const where = side === '' ? cell : `${side} (${cell})`;
  if (check.verdict === 'no data') return `${rule}: ${where}: no data: ${check.reason}.`;
  return `${rule}: ${where} is ${changeText(check)} against ${reference}; ${rerunText(check)}.`;
}

function rerunText({ rerun, confirmed }: GateCheck): string {
  if (rerun === null) return 'not confirmed, for both are saved results: measure again to be sure';
  if (rerun.verdict === 'no data') return `the rerun has no data: ${rerun.reason}`;
  const text = changeText(rerun);
  return confirmed ? `a rerun confirms it: ${text}` : `a rerun doesn’t agree: ${text}`;
}

/** `+12 % [+8 .. +15]` */
function changeText({ change, ci }: GateChange): string {
  if (change === null || ci === null) return 'unknown';
  const percents = [change, ...ci].map((part) => 100 * part) as [number, number, number];
  const place = Math.max(-2, lastPlace(percents[0], halfWidth([percents[1], percents[2]])));
  const [shown, low, high] = percents.map((value) => {
    const text = atPlace(value, Math.min(place, 0));
    return value > 0 ? `+${text}` : text;
  });
  return `${shown} % [${low} .. ${high}]`;
}
