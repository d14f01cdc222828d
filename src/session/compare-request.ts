import { UserError } from '../errors.js';
import { probeDescriptors } from '../generated/probe-index.js';
import { parsePercentage } from '../plan/percentages.js';
import { readSetting, type SettingsInput } from '../plan/settings.js';
import { parseGateRule } from './compare-gate.js';
import { baselineOperand, type Operand, parseOperand } from './compare-operand.js';
import type { ComparisonRequest } from './compare-session.js';
import { DEFAULT_NOISE } from './compare-sets.js';

/** Flags of `compare` as they were typed. */
export type CompareFlags = SettingsInput & {
  readonly noise?: string | undefined;
  readonly 'fail-if'?: readonly string[] | undefined;
  readonly baseline?: string | undefined;
  readonly 'save-baseline'?: string | undefined;
};

/** Flags that mean something also where nothing is measured. */
const WITHOUT_MEASURING = [
  ...['noise', 'fail-if', 'baseline', 'save-baseline', 'seed', 'json', 'columns'],
];

/**
 * Reads what is to be compared.
 *
 * @throws UserError for sides, rules and flags that can't be, alone or together
 */
export async function readRequest(
  texts: readonly string[],
  flags: CompareFlags,
): Promise<ComparisonRequest> {
  const rules = (flags['fail-if'] ?? []).map(parseGateRule);
  const noise = flags.noise === undefined ? DEFAULT_NOISE : parsePercentage(flags.noise, '--noise');
  const operands: Operand[] = [];
  for (const text of texts) operands.push(await parseOperand(text, probeDescriptors));
  const baseline = flags.baseline === undefined ? null : baselineOperand(flags.baseline);
  checkSides(operands, flags);
  if (operands.every(({ kind }) => kind === 'saved')) checkNothingMeasured(flags);
  const seed = flags.seed === undefined ? null : readSetting('seed', flags.seed);
  return { operands, baseline, flags, noise, rules, seed };
}

function checkSides(operands: readonly Operand[], flags: CompareFlags): void {
  const alone = flags.baseline === undefined && operands.length === 1;
  if (alone && (flags['save-baseline'] === undefined || flags['fail-if'] !== undefined)) {
    throw new UserError('There is nothing to compare it with.', [
      'Give another side: ipcbench compare pipe tcp',
      'Or a baseline: ipcbench compare pipe --baseline main',
    ]);
  }
  const saved = operands.filter(({ kind }) => kind === 'saved').length;
  if (flags['save-baseline'] !== undefined && saved === operands.length && saved > 1) {
    throw new UserError('--save-baseline has several saved results to choose from.', [
      'Give the one alone: ipcbench compare @latest --save-baseline main',
    ]);
  }
}

/** A flag that would silently do nothing. */
function checkNothingMeasured(flags: CompareFlags): void {
  const idle = Object.entries(flags).find(
    ([name, value]) => value !== undefined && value !== false && !WITHOUT_MEASURING.includes(name),
  );
  if (idle === undefined) return;
  throw new UserError(`--${idle[0]} is about measuring, but all sides are saved results.`, [
    'Leave it out, or name a probe to measure.',
  ]);
}
