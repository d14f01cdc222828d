import type { Judgement } from './check.js';
import { PROCESSOR_CHECKS } from './doctor-processors.js';
import { SYSTEM_CHECKS } from './doctor-system.js';
import type { MachineFacts } from './environment.js';

/** What one check found. */
export interface Finding extends Judgement {
  readonly check: string;
  /** What the thing that was looked at does to figures. */
  readonly effect: string;
}

/** Every check, in the order of its listing: the most telling first. */
const CHECKS = [...SYSTEM_CHECKS, ...PROCESSOR_CHECKS];

/** Judges the facts of a machine. What the machine doesn't say is `not available`, never `ok`. */
export function diagnose(facts: MachineFacts): Finding[] {
  return CHECKS.map(({ name, effect, judge }) => ({ check: name, ...judge(facts), effect }));
}

/** Whether a figure measured now would be untrustworthy. */
export function isUntrustworthy(findings: readonly Finding[]): boolean {
  return findings.some(({ verdict }) => verdict === 'bad');
}
