import type { SpeedVerdict } from '../host/speed-checks.js';
import type { SpeedDiagnosis } from '../host/speed-doctor.js';
import { wrap } from './notes.js';
import { createStyle, type Style } from './style.js';

const WIDTH = 100;
const NARROWEST = 60;

const ANSWERS: Readonly<Record<SpeedDiagnosis['answer'], string>> = {
  yes: 'can be accelerated',
  perhaps: 'can perhaps be accelerated, or in part',
  no: "can't be accelerated",
};

/**
 * What was found of a program, a line for each check, and the answer.
 *
 * @returns ending in a newline
 */
export function renderSpeedDoctor(
  { program, answer, findings }: SpeedDiagnosis,
  options: { readonly width?: number; readonly color?: boolean } = {},
): string {
  const width = Math.max(options.width ?? WIDTH, NARROWEST);
  const style = createStyle(options.color ?? false);
  const name = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(name + 8);
  const lines = findings.flatMap(({ check, verdict, reason }) => {
    const [first = '', ...rest] = wrap(reason, width - indent.length, '');
    const head = `${colored(verdict.padEnd(4), verdict, style)}  ${check.padEnd(name)}  `;
    return [head + first, ...rest.map((line) => indent + line)];
  });
  const colors = { yes: style.good, perhaps: style.warn, no: style.bad };
  return `${[...lines, '', `${program} ${colors[answer](ANSWERS[answer])}`].join('\n')}\n`;
}

function colored(text: string, verdict: SpeedVerdict, style: Style): string {
  switch (verdict) {
    case 'ok':
      return style.good(text);
    case 'may':
      return style.warn(text);
    case 'no':
      return style.bad(text);
    default:
      return style.dim(text);
  }
}
