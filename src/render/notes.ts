import type { Style } from './style.js';

/** Notes under a table, wrapped to a width, further lines indented. */
export function renderNotes(notes: readonly string[], width: number, style: Style): string {
  return notes
    .flatMap((note) => wrap(note, width))
    .map((line) => style.dim(line))
    .join('\n');
}

/**
 * Breaks a text at blanks; a word longer than the width gets a line of its own.
 *
 * @param width at most so many characters per line, where words allow
 * @param indent what further lines begin with
 */
export function wrap(text: string, width: number, indent = '  '): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if ([...longer].length <= width || line.trim() === '') {
      line = longer;
    } else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
}
