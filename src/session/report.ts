import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { UserError } from '../errors.js';
import { drawSvg } from '../render/plot/draw.js';
import { anatomyFigures, reportFigures } from '../render/report/figures.js';
import { type DrawnFigure, type EmbeddedResult, reportPage } from '../render/report/report-page.js';
import type { ProfileFile } from '../store/profile-file.js';
import type { ResultDocument } from '../store/schema.js';

const compress = promisify(gzip);

/** The page's own style sheet and script, as the build leaves them. */
const STYLE = fileURLToPath(new URL('../../src/report-page/page.css', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../dist/report-page/page.js', import.meta.url));

export interface ReportOptions {
  /** Heading of the page; made of the runs unless given. */
  readonly title?: string | undefined;
  readonly version: string;
  /** Profiles whose anatomy is drawn beside the results. */
  readonly profiles?: readonly ProfileFile[];
}

/** Seed of the intervals that only the report computes. */
const SEED = 1;

/**
 * A report of results: one HTML page that holds its style, script, figures and the results.
 *
 * @throws UserError when the program was not built whole
 */
export async function reportOfResults(
  documents: readonly ResultDocument[],
  options: ReportOptions,
): Promise<string> {
  const [css, script] = await Promise.all([asset(STYLE), asset(SCRIPT)]);
  const figures: DrawnFigure[] = [];
  const specs = [...reportFigures(documents), ...anatomyFigures(options.profiles ?? [])];
  for (const { spec, ...about } of specs) figures.push({ ...about, svg: await drawSvg(spec) });
  const results = await Promise.all(documents.map(embedded));
  const title = options.title ?? `ipcbench: ${documents.map(({ run }) => run.id).join(', ')}`;
  return reportPage({
    ...{ title, documents, figures, results, css, script },
    ...{ version: options.version, seed: SEED },
  });
}

async function embedded(document: ResultDocument): Promise<EmbeddedResult> {
  const bytes = await compress(JSON.stringify(document), { level: 9 });
  return { name: `${document.run.id}.json`, gzip: bytes.toString('base64') };
}

async function asset(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new UserError(`A part of the report is missing: ${path}.`, [
      'Build it: npm run build:ts',
    ]);
  }
}
