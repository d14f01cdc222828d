import { UserError } from '../errors.js';
import type { ResultDocument } from '../store/schema.js';
import { renderHgrm } from './hgrm.js';
import { type CellHistogram, cellHistograms } from './histogram-cells.js';

/** A file of a histogram; without a path it goes to standard output. */
export interface HgrmFile {
  readonly path: string | undefined;
  readonly text: string;
}

/**
 * The histograms of results as files; those of several results have the run in their names.
 *
 * @param choice of cells; see `cellHistograms`
 * @param output a file for one histogram; with a slash at its end a directory, for any number
 * @throws UserError for several histograms that would have to go into one file
 */
export function hgrmFiles(
  documents: readonly ResultDocument[],
  choice: string | undefined,
  output: string | undefined,
): HgrmFile[] {
  const prefix = (id: string) => (documents.length > 1 ? `${id.replaceAll(UNSAFE, '-')}-` : '');
  const named = documents.flatMap((document) =>
    cellHistograms(document, choice).map((one) => ({
      one,
      name: prefix(document.run.id) + fileName(one),
    })),
  );
  if (output?.endsWith('/')) {
    return named.map(({ one, name }) => ({ path: output + name, text: textOf(one) }));
  }
  const histograms = named.map(({ one }) => one);
  const [only] = histograms;
  if (only !== undefined && histograms.length === 1) return [{ path: output, text: textOf(only) }];
  throw severalInOne(histograms, output);
}

/** What names of files had better not hold. */
const UNSAFE = /[^A-Za-z0-9.]+/g;

function textOf({ histogram, bounds }: CellHistogram): string {
  return renderHgrm(histogram, bounds);
}

/** `03-unix-stream-4-KiB-two-cores-block.hgrm`: the number keeps names apart. */
function fileName({ number, title, suffix }: CellHistogram): string {
  const words = [String(number).padStart(2, '0'), title, suffix].filter((word) => word !== '');
  const name = words.join('-').replaceAll(UNSAFE, '-');
  return `${name.slice(0, 120)}.hgrm`;
}

function severalInOne(histograms: readonly CellHistogram[], output: string | undefined): UserError {
  const listed = histograms
    .slice(0, 8)
    .map(({ number, title, what }) => `${number}: ${title} (${what})`);
  const more = histograms.length > listed.length ? ['...'] : [];
  return new UserError(
    `${histograms.length} histograms don't fit into ${output === undefined ? 'standard output' : output}.`,
    [
      'Give the name of a directory with a slash at its end, as in --output plots/, or choose one cell.',
      ...listed,
      ...more,
    ],
  );
}
