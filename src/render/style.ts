/** Emphasis by ANSI escape sequences, or none: the caller knows where the text goes. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  /** Background by intensity, from 0 (dark) to 1 (light). */
  shade(text: string, level: number): string;
}

/**
 * Backgrounds of rising lightness, so that their order can be seen without colours too, each with
 * a foreground that can be read on it (256-colour palette).
 */
const SHADES: readonly (readonly [background: number, foreground: number])[] = [
  [234, 255],
  [54, 255],
  [125, 255],
  [167, 16],
  [208, 16],
  [222, 16],
];

/** @param color false = every function gives its argument back */
export function createStyle(color: boolean): Style {
  const sequence = (on: number, off: number) => (text: string) =>
    color ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: sequence(1, 22),
    dim: sequence(2, 22),
    good: sequence(32, 39),
    bad: sequence(31, 39),
    warn: sequence(33, 39),
    shade: (text, level) => {
      const step = Math.round(Math.min(Math.max(level, 0), 1) * (SHADES.length - 1));
      const [background, foreground] = SHADES[step] ?? [0, 0];
      return color ? `\u001b[48;5;${background};38;5;${foreground}m${text}\u001b[39;49m` : text;
    },
  };
}
