/** Quoted stretches, escaped characters, and anything else but blanks. */
const WORD = /(?:'[^']*'|\\.|[^\s'\\])+/gs;
const PART = /'([^']*)'|\\(.)/gs;

/** The words of a command line as a shell would take them, without expansions; see `commandLine`. */
export function splitCommandLine(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) =>
    word.replaceAll(PART, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
  );
}
