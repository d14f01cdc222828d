import { expect, it } from 'vitest';
import { renderSpeedDoctor } from '../../src/render/speed-doctor.js';

const findings = [
  { check: 'machine', verdict: 'ok', reason: 'an ELF program for x86-64' },
  { check: 'sockets', verdict: 'may', reason: 'word '.repeat(30).trim() },
] as const;

it('has a line for each check and the answer last', () => {
  const text = renderSpeedDoctor({ program: 'x', files: [], answer: 'perhaps', findings });
  expect(text).toMatch(/^ok {4}machine {2}an ELF program for x86-64\nmay {3}sockets {2}word /);
  expect(text).toMatch(/\n\nx can perhaps be accelerated, or in part\n$/);
});

it.each([
  ['yes', 'x can be accelerated\n'],
  ['no', "x can't be accelerated\n"],
] as const)('%s', (answer, ending) => {
  const text = renderSpeedDoctor({ program: 'x', files: [], answer, findings });
  expect(text.endsWith(ending)).toBe(true);
});

it('wraps reasons below themselves', () => {
  const text = renderSpeedDoctor(
    { program: 'x', files: [], answer: 'no', findings },
    { width: 60 },
  );
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  expect(text).toMatch(/^ {15}word/m);
});
