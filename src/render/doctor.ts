import type { Verdict } from '../host/check.js';
import type { Finding } from '../host/doctor.js';
import { wrap } from './notes.js';
import { createStyle, type Style } from './style.js';

export interface DoctorOptions {
  /** Characters in a line; 80 unless given. */
  readonly width?: number | undefined;
  /** ANSI emphasis; off unless given. */
  readonly color?: boolean;
}

const WIDTH = 80;
const NARROWEST = 60;
const WIDEST = 120;
const GAP = '  ';
const WORDS: readonly Verdict[] = ['bad', 'warn', 'ok', 'not available'];

/**
 * The findings, one line each; of what isn't in order also what it does to figures and what to do.
 *
 * @returns ending in a newline
 */
export function renderDoctor(findings: readonly Finding[], options: DoctorOptions = {}): string {
  const width = Math.min(Math.max(options.width ?? WIDTH, NARROWEST), WIDEST);
  const style = createStyle(options.color ?? false);
  const wide = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap((finding) => {
    const mark = finding.verdict === 'not available' ? '?' : finding.verdict;
    const head = `${colored(mark.padEnd(4), finding.verdict, style)}${GAP}${finding.check.padEnd(wide)}${GAP}`;
    const indent = 4 + GAP.length + wide + GAP.length;
    const paragraph = (text: string) => wrap(text, width - indent, '');
    const further = explained(finding).flatMap(paragraph);
    const [first = '', ...rest] = paragraph(reasonOf(finding));
    const below = [...rest, ...further.map(style.dim)].map((line) => ' '.repeat(indent) + line);
    return [head + first, ...below];
  });
  return `${[...lines, '', summary(findings, style)].join('\n')}\n`;
}

function reasonOf({ verdict, reason }: Finding): string {
  return verdict === 'not available' ? `not available: ${reason}` : reason;
}

function explained({ verdict, effect, advice }: Finding): string[] {
  if (verdict === 'ok' || verdict === 'not available') return [];
  return advice === null ? [effect] : [effect, `What helps: ${advice}`];
}

function summary(findings: readonly Finding[], style: Style): string {
  const counts = WORDS.map((word) => [word, countOf(findings, word)] as const);
  const told = counts.filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return `${told.join(', ')}: ${conclusion(findings, style)}`;
}

function conclusion(findings: readonly Finding[], style: Style): string {
  if (countOf(findings, 'bad') > 0) {
    return style.bad('figures measured now are not to be trusted');
  }
  if (countOf(findings, 'warn') > 0) return 'fit for measuring, within what the warnings say';
  if (countOf(findings, 'ok') === 0) return 'nothing is known of this machine';
  return 'nothing that could be read stands against measuring';
}

function countOf(findings: readonly Finding[], word: Verdict): number {
  return findings.filter(({ verdict }) => verdict === word).length;
}

function colored(text: string, verdict: Verdict, style: Style): string {
  switch (verdict) {
    case 'ok':
      return style.good(text);
    case 'warn':
      return style.warn(text);
    case 'bad':
      return style.bad(text);
    default:
      return style.dim(text);
  }
}
