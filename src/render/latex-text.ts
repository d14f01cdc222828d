/** Text and numbers for LaTeX, with the engine pdflatex and its fonts in mind. */

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  "'": '\\textquotesingle{}',
  '`': '\\textasciigrave{}',
  µ: '\\textmu{}',
  μ: '\\textmu{}',
  '–': '--',
  '—': '---',
  '’': "'",
  '‘': '`',
  '“': '``',
  '”': "''",
  '…': '\\ldots{}',
  '→': '$\\rightarrow$',
  '×': '$\\times$',
  '±': '$\\pm$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '·': '\\textperiodcentered{}',
  '°': '\\textdegree{}',
  α: '$\\alpha$',
  β: '$\\beta$',
  δ: '$\\delta$',
  ß: '\\ss{}',
  '\u00a0': '~',
};

/** Letters that the usual fonts of pdflatex have: the accented ones of Latin-1. */
const LATIN1 = /[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]/;

/**
 * A text as LaTeX prints it. A character that pdflatex has no glyph for is named by its number,
 * for a document that doesn't compile helps nobody.
 */
export function texText(text: string): string {
  const plain = [...text].map(texCharacter).join('').replaceAll(/\s+/g, ' ').trim();
  // Two hyphens would become a dash, also where they begin a flag.
  return plain
    .replaceAll(/(?<=[^-]|^)--(?=[a-z])/g, '-{}-')
    .replaceAll(/(\d) (?=\\%)/g, '$1\\,')
    .replaceAll(/\b10\\textasciicircum\{\}(\d+)/g, (_, power: string) => `$10^{${power}}$`);
}

function texCharacter(character: string): string {
  const special = SPECIAL[character];
  if (special !== undefined) return special;
  if (/[\s\p{Cc}\p{Cf}]/u.test(character)) return ' ';
  if (/[ -~]/.test(character) || LATIN1.test(character)) return character;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `{[U+${code.padStart(4, '0')}]}`;
}

const WITH_UNIT = /^(<?)(-?[\d.]+(?:e[+-]?\d+)?) ?([A-Za-zµ%]*)$/;

/** A number as tables have it, in its parts: `5.21 µs`, `410M`, `<0.01`, `12 %`; null for anything else. */
export function numberParts(
  text: string,
): { readonly number: string; readonly unit: string } | null {
  const [whole, less = '', digits = '', unit = ''] = WITH_UNIT.exec(text) ?? [];
  if (whole === undefined) return null;
  return { number: `${less === '' ? '' : '$<$'}${digits}`, unit: texText(unit) };
}

/** A number with its unit after a thin space: `5.21\,\textmu{}s`. */
export function texNumber(text: string): string {
  const parts = numberParts(text);
  if (parts === null) return texText(text);
  return parts.unit === '' ? parts.number : `${parts.number}\\,${parts.unit}`;
}

const DIGITS = ['Zero', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];

/** Letters only, as the name of a command needs: `pipe, 64 KiB` is `PipeSixFourKiB`. */
export function commandName(words: string): string {
  return [...words.matchAll(/[A-Za-z]+|\d|[^A-Za-z\d\s,.:;/()[\]{}_+=-]/gu)]
    .map(([part]) => {
      if (/^\d$/.test(part)) return DIGITS[Number(part)] ?? '';
      if (/^[A-Za-z]/.test(part)) return part.charAt(0).toUpperCase() + part.slice(1);
      return `U${commandName((part.codePointAt(0) ?? 0).toString(16))}`;
    })
    .join('');
}
