import type { ProbeListing } from '../plan/listing.js';
import { FAMILY_TITLES } from './family.js';
import { wrap } from './notes.js';
import { size } from './quantity.js';
import { createStyle } from './style.js';

export interface ProbeDetailsOptions {
  /** Characters in a line; 80 unless given. */
  readonly width?: number | undefined;
  /** ANSI emphasis; off unless given. */
  readonly color?: boolean;
}

const WIDTH = 80;
const NARROWEST = 60;
const WIDEST = 100;
const INDENT = '  ';

/** Everything there is to say of one mechanism, in paragraphs, ending in a newline. */
export function renderProbeDetails(probe: ProbeListing, options: ProbeDetailsOptions = {}): string {
  const width = Math.min(Math.max(options.width ?? WIDTH, NARROWEST), WIDEST);
  const style = createStyle(options.color ?? false);
  const lines = (text: string, further = '') =>
    wrap(text, width - INDENT.length, further).map((line) => INDENT + line);
  const section = (heading: string, ...body: readonly string[][]) =>
    [style.bold(heading), ...body.flat()].join('\n');
  const list = (texts: readonly string[]) => texts.flatMap((text) => lines(text, INDENT));
  const diagram = probe.diagram.split('\n').map((line) => (INDENT + line).trimEnd());
  const parts = [
    `${style.bold(probe.name)}: ${probe.title}\nFamily: ${FAMILY_TITLES[probe.family]}`,
    section('How it works', lines(probe.summary), [''], diagram),
    section('Costs', list(costs(probe))),
    ...(probe.patterns === null ? [] : [section('Offers', list(offers(probe)))]),
    section('Limits', lines(probe.limits)),
    section('Here', list(state(probe))),
    section('Sources', list(probe.sources)),
    ...(probe.aliases.length === 0
      ? []
      : [section('Other names', list([probe.aliases.join(', ')]))]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function costs({ copies, system_calls: calls, waits }: ProbeListing): string[] {
  const { user, kernel } = copies;
  const by = [
    ...(kernel > 0 ? [`${kernel} by the kernel`] : []),
    ...(user > 0 ? [`${user} in user mode`] : []),
  ];
  const policies = (['block', 'spin'] as const).filter((wait) => waits?.includes(wait) ?? true);
  const counts = policies.map((wait) => `${wait} ${calls[wait] ?? 'varies'}`);
  return [
    `copies of a message, one way: ${by.length === 0 ? 'none' : by.join(', ')}`,
    `system calls per round trip, both peers together: ${counts.join(', ')}`,
  ];
}

function offers({ patterns, waits, options }: ProbeListing): string[] {
  const flags = (options ?? []).map((name) => `--${name}`);
  return [
    `patterns: ${(patterns ?? []).join(', ')}`,
    `waits: ${(waits ?? []).join(', ')}`,
    `options: ${flags.length === 0 ? 'none' : flags.join(', ')}`,
  ];
}

function state(probe: ProbeListing): string[] {
  const { available, reason, remedy, size_min_bytes: min, size_max_bytes: max } = probe;
  const helps = remedy === null ? [] : [`what helps: ${remedy}`];
  if (!available) return [`not available: ${reason ?? 'no reason known'}`, ...helps];
  const bound = reason === null ? '' : `: ${reason}`;
  const sizes = min === null || max === null ? [] : [`sizes ${size(min)} to ${size(max)}${bound}`];
  return ['available', ...sizes, ...helps];
}
