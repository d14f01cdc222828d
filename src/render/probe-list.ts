import type { ProbeListing } from '../plan/listing.js';
import { formatSize } from '../plan/sizes.js';

const NAME_WIDTH = 14;

/**
 * The probes as text: one paragraph each.
 *
 * @param width characters in a line, at least 40
 */
export function renderProbeList(listing: readonly ProbeListing[], width = 100): string {
  const indent = ' '.repeat(NAME_WIDTH);
  const textWidth = Math.max(40, width) - NAME_WIDTH;
  const paragraphs = listing.map((probe) => {
    const lines = [
      `${probe.title}: ${state(probe)}`,
      probe.summary,
      ...bounds(probe),
      ...(probe.aliases.length > 0 ? [`also: ${probe.aliases.join(', ')}`] : []),
    ].flatMap((line) => wrap(line, textWidth));
    return `${probe.name.padEnd(NAME_WIDTH)}${lines.join(`\n${indent}`)}`;
  });
  const available = listing.filter((probe) => probe.available).length;
  return [...paragraphs, `${available} of ${listing.length} probes are available here.`].join(
    '\n\n',
  );
}

function state(probe: ProbeListing): string {
  if (probe.available) return 'available';
  const remedy = probe.remedy === null ? '' : ` (${probe.remedy})`;
  return `not available: ${probe.reason ?? 'no reason known'}${remedy}`;
}

function bounds(probe: ProbeListing): string[] {
  const { size_min_bytes: min, size_max_bytes: max, waits } = probe;
  if (min === null || max === null || waits === null) return [];
  const because = probe.available && probe.reason ? ` (${probe.reason})` : '';
  return [`sizes ${formatSize(min)} to ${formatSize(max)}${because}; waits ${waits.join(', ')}`];
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
