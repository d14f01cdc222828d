import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import type { Spec } from './source.js';

/** Widths of characters as shares of the size of the font: those of DejaVu Sans, a wide one. */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[iljI.,:;'|!]/, 0.32],
  [/[ tfr()[\]{}/-]/, 0.4],
  [/[mwMW%]/, 0.95],
  [/[A-Z]/, 0.7],
];
const USUAL_WIDTH = 0.62;

/** What Vega asks how wide a text is; without a canvas it takes every character for a wide one. */
function measureTextIn(vega: object): void {
  const { textMetrics } = vega as {
    textMetrics: { width: (item: { fontSize?: number }, text: unknown) => number };
  };
  textMetrics.width = (item, text) => {
    const characters = [...String(text ?? '')];
    const widths = characters.map(
      (one) => WIDTHS.find(([pattern]) => pattern.test(one))?.[1] ?? USUAL_WIDTH,
    );
    return widths.reduce((sum, width) => sum + width, 0) * (item.fontSize ?? 11);
  };
}

/** Pixels of a PNG per pixel of the figure: for print at 300 dpi in the size of the screen. */
const PNG_ZOOM = 3;

/** A figure as SVG; the text is text, in the first font that the reader has. */
export async function drawSvg(spec: Spec): Promise<string> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  const { Error: errorsOnly, logger, parse, View } = vega;
  measureTextIn(vega);
  const log = logger(errorsOnly);
  // Checked against the schema of Vega-Lite by the tests of every kind.
  const { spec: compiled } = compile(spec as unknown as Parameters<typeof compile>[0], {
    logger: log,
  });
  const view = new View(parse(compiled), { renderer: 'none', logger: log });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

/**
 * A figure as PNG, at three times its size.
 *
 * @throws UserError when this machine has no renderer, or no font
 */
export async function drawPng(spec: Spec): Promise<Uint8Array> {
  if (!hasFonts()) {
    throw new UserError('A PNG needs a font, and this machine has none.', [
      'Install one (Debian: apt-get install fonts-dejavu-core), or write an SVG: -o FILE.svg',
    ]);
  }
  const { Resvg } = await import('@resvg/resvg-js').catch((error: Error) => {
    throw new UserError(`PNGs can't be drawn on this platform: ${error.message}.`, [
      'Write an SVG instead, -o FILE.svg, and convert it: rsvg-convert -z 3 FILE.svg -o FILE.png',
    ]);
  });
  const options = {
    fitTo: { mode: 'zoom' as const, value: PNG_ZOOM },
    font: {
      loadSystemFonts: true,
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  };
  return new Resvg(await drawSvg(spec), options).render().asPng();
}

/** Where systems keep fonts. */
const FONT_FOLDERS = [
  ...['/usr/share/fonts', '/usr/local/share/fonts', '/System/Library/Fonts', '/Library/Fonts'],
  ...['.fonts', '.local/share/fonts', 'Library/Fonts'].map((folder) => join(homedir(), folder)),
];

function hasFonts(): boolean {
  return FONT_FOLDERS.some((folder) => {
    if (!existsSync(folder)) return false;
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) =>
      /\.(ttf|otf|ttc)$/i.test(name),
    );
  });
}
