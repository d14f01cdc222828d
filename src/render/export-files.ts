import { join } from 'node:path';
import { UserError } from '../errors.js';
import type { ResultDocument } from '../store/schema.js';
import type { Content } from '../store/write-whole.js';
import type { TidyLevel } from './tidy.js';

/** Every form that results can be written in. */
export const EXPORT_FORMATS = [
  ...(['csv', 'json', 'ndjson', 'markdown', 'latex', 'org'] as const),
  ...(['parquet', 'hgrm', 'github', 'openmetrics'] as const),
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a row stands for; single samples are asked for, but results don't hold them. */
export const EXPORT_LEVELS = ['cell', 'trial', 'sample', 'histogram'] as const;
export type ExportLevel = (typeof EXPORT_LEVELS)[number];

export interface ExportRequest {
  readonly format: ExportFormat;
  /** `cell` unless given; of csv, ndjson and parquet. */
  readonly level?: ExportLevel | undefined;
  /** For hgrm: which cells. */
  readonly cell?: string | undefined;
  /** A file, or for several files a folder; absent = standard output. */
  readonly output?: string | undefined;
}

/** A file to write; without a path it goes to standard output. */
export interface ExportFile {
  readonly path: string | undefined;
  /** Pieces are made while they are written, once. */
  readonly content: Content;
  /** Folders above it are made when they aren't there. */
  readonly inFolder: boolean;
}

/**
 * The files of an export, made while they are asked for. Only the libraries of the format are loaded.
 *
 * @throws UserError for what the format can't do, and for a run that is given twice
 */
export async function exportFiles(
  documents: readonly ResultDocument[],
  request: ExportRequest,
): Promise<Iterable<ExportFile>> {
  checkLevel(request);
  if (request.format !== 'hgrm' && request.cell !== undefined) {
    throw new UserError('--cell is for histograms.', ['Leave --cell out, or give --format hgrm.']);
  }
  checkDistinct(documents);
  return await EXPORTERS[request.format](documents, request);
}

type Exporter = (
  documents: readonly ResultDocument[],
  request: ExportRequest,
) => Promise<Iterable<ExportFile>>;

const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  csv: async (documents, request) => {
    const { csvChunks } = await import('./csv.js');
    return single(request, csvChunks(documents, { level: levelOf(request) }));
  },
  json: async (documents, request) => {
    const { jsonChunks } = await import('./json.js');
    return single(request, jsonChunks(documents));
  },
  ndjson: async (documents, request) => {
    const { ndjsonChunks } = await import('./ndjson.js');
    return single(request, ndjsonChunks(documents, levelOf(request)));
  },
  markdown: async (documents, request) => {
    const { renderMarkdown } = await import('./markdown.js');
    return single(request, renderMarkdown(documents));
  },
  org: async (documents, request) => {
    const { renderOrg } = await import('./org.js');
    return single(request, renderOrg(documents));
  },
  github: async (documents, request) => {
    const { renderGithub } = await import('./github.js');
    return single(request, renderGithub(documents));
  },
  openmetrics: async (documents, request) => {
    const { renderOpenMetrics } = await import('./openmetrics.js');
    return single(request, renderOpenMetrics(documents));
  },
  latex: async (documents, request) => {
    const { latexFiles, renderLatexTables } = await import('./latex-document.js');
    const { output } = request;
    if (!output?.endsWith('/')) return single(request, renderLatexTables(documents));
    return latexFiles(documents).map(({ name, text }) => inFolder(output, name, text));
  },
  parquet: async (documents, request) => {
    const { output } = request;
    if (output === undefined) throw needsFolder();
    const { parquetFiles } = await import('./parquet.js');
    return mapped(parquetFiles(documents, levelOf(request)), ({ path, bytes }) =>
      inFolder(output, path, [bytes]),
    );
  },
  hgrm: async (documents, { cell, output }) => {
    const { hgrmFiles } = await import('./hgrm-files.js');
    return hgrmFiles(documents, cell, output).map(({ path, text }) => ({
      ...{ path, content: text },
      inFolder: false,
    }));
  },
};

function single({ output }: ExportRequest, content: Content): ExportFile[] {
  return [{ path: output, content, inFolder: false }];
}

function inFolder(folder: string, name: string, content: Content): ExportFile {
  return { path: join(folder, name), content, inFolder: true };
}

function* mapped<T, U>(items: Iterable<T>, map: (item: T) => U): Generator<U> {
  for (const item of items) yield map(item);
}

function levelOf({ level }: ExportRequest): TidyLevel {
  return level === undefined || level === 'sample' ? 'cell' : level;
}

const WITH_LEVELS: readonly ExportFormat[] = ['csv', 'ndjson', 'parquet'];

function checkLevel({ format, level }: ExportRequest): void {
  if (level === undefined) return;
  if (!WITH_LEVELS.includes(format)) {
    throw new UserError(`--level is for ${WITH_LEVELS.join(', ')}: ${ONE_LEVEL[format]}.`, [
      'Leave --level out, or give --format csv.',
    ]);
  }
  if (level === 'sample') {
    throw new UserError(
      'Results hold no single samples: each trial keeps a histogram of all of them, with buckets of at most 0.8 %.',
      [
        'Give --level histogram for the buckets, or --level trial for the statistics of each trial.',
      ],
    );
  }
}

const TABLES = 'tables hold cells';

const ONE_LEVEL: Readonly<Record<ExportFormat, string>> = {
  ...{ csv: '', ndjson: '', parquet: '' },
  json: 'JSON always holds cells, trials and histograms',
  hgrm: 'a histogram holds the samples of all trials',
  ...{ markdown: TABLES, latex: TABLES, org: TABLES },
  github: 'an entry is the median of a cell',
  openmetrics: 'a sample is a figure of a cell',
};

function checkDistinct(documents: readonly ResultDocument[]): void {
  const ids = documents.map(({ run }) => run.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return;
  throw new UserError(`Run ${twice} is given twice: its rows would be there double.`, [
    'Give each run once.',
  ]);
}

function needsFolder(): UserError {
  return new UserError('Parquet is a set of files, partitioned by host and date.', [
    'Give the folder of the data set, for example --output lake/.',
  ]);
}
