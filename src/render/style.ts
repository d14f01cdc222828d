/** Emphasis by ANSI escape sequences, or none: the caller knows where the text goes. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

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
  };
}
