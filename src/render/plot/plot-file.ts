import { UserError } from '../../errors.js';
import type { Content } from '../../store/write-whole.js';
import type { Spec } from './source.js';

/** Forms of a figure by the ends of file names. */
const FORMS: readonly (readonly [end: string, draw: (spec: Spec) => Promise<Content>])[] = [
  ['.vl.json', async (spec) => `${JSON.stringify(spec, null, 2)}\n`],
  ['.svg', async (spec) => (await import('./draw.js')).drawSvg(spec)],
  ['.png', async (spec) => [await (await import('./draw.js')).drawPng(spec)]],
];

/**
 * How a file of this name is drawn. Known before anything is read, so that a wrong name costs nothing.
 *
 * @throws UserError for a name whose end is no form of figures
 */
export function formOf(path: string): (spec: Spec) => Promise<Content> {
  const form = FORMS.find(([end]) => path.endsWith(end));
  if (form !== undefined) return form[1];
  throw new UserError(`The name of "${path}" doesn't say what to draw.`, [
    'End it in .svg, .png or .vl.json (a Vega-Lite specification).',
  ]);
}
