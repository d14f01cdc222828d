import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import type { ResultDocument } from '../store/schema.js';

export default class Export extends BaseCommand {
  static override enableJsonFlag = false;

  static override description = `Write a saved result as CSV, JSON or HDR histograms.

CSV has one line per cell, or one per trial; missing is empty, never 0. JSON is the document as
saved; its schema is in schema/ of the package. hgrm is the percentile distribution that HdrHistogram's \
plotters read, in nanoseconds: of one cell, or with a directory as --output a file for each cell.`;

  static override examples = [
    {
      description: 'The latest run, one line per cell',
      command: '<%= config.bin %> export @latest --format csv',
    },
    {
      description: 'Every trial of the run before it, to a file',
      command: '<%= config.bin %> export @-2 --format csv --level trial --output trials.csv',
    },
    {
      description: 'A run by the beginning of its id',
      command: '<%= config.bin %> export 20261121T0315 --format json',
    },
    {
      description: 'The distribution of its third cell, for a plotter',
      command: '<%= config.bin %> export @latest --format hgrm --cell 3 --output cell3.hgrm',
    },
    {
      description: 'Those of all cells, into a directory that exists',
      command: '<%= config.bin %> export @latest --format hgrm --output plots/',
    },
  ];

  static override args = {
    result: Args.string({
      description: 'a file; a run id or its beginning; @latest; @-2 for the run before it',
      required: true,
    }),
  };

  static override flags = {
    format: Flags.string({
      char: 'f',
      description: 'form of the output',
      options: ['csv', 'json', 'hgrm'],
      required: true,
    }),
    level: Flags.string({
      char: 'l',
      description: 'what a line of CSV stands for',
      options: ['cell', 'trial'],
      defaultHelp: 'cell',
    }),
    cell: Flags.string({
      description: 'for hgrm: cells by number from 1, or by probe, in a list',
      defaultHelp: 'all',
      helpValue: 'LIST',
    }),
    output: Flags.string({
      char: 'o',
      description:
        'file to write, whole or not at all; for hgrm of several cells a directory; standard output unless given',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Export);
    checkFlags(flags);
    const { ResultStore, resultsDirectory, writeWhole } = await import('../store/store.js');
    const store = new ResultStore(resultsDirectory(process.env, this.config.root));
    const document = await store.load(args.result);
    for (const { path, text } of await exported(document, flags)) {
      if (path === undefined) process.stdout.write(text);
      else await writeWhole(path, text);
    }
  }
}

interface ExportFlags {
  readonly format: string;
  readonly level?: string | undefined;
  readonly cell?: string | undefined;
  readonly output?: string | undefined;
}

/** A file to write; without a path it goes to standard output. */
interface ExportFile {
  readonly path: string | undefined;
  readonly text: string;
}

async function exported(document: ResultDocument, flags: ExportFlags): Promise<ExportFile[]> {
  if (flags.format === 'hgrm') {
    const { hgrmFiles } = await import('../render/hgrm-files.js');
    return hgrmFiles(document, flags.cell, flags.output);
  }
  if (flags.format === 'json') {
    const { renderJson } = await import('../render/json.js');
    return [{ path: flags.output, text: renderJson(document) }];
  }
  const { renderCsv } = await import('../render/csv.js');
  const level = flags.level === 'trial' ? 'trial' : 'cell';
  return [{ path: flags.output, text: renderCsv(document, { level }) }];
}

function checkFlags({ format, level, cell }: ExportFlags): void {
  if (format !== 'csv' && level !== undefined) {
    throw new UserError(
      format === 'json'
        ? '--level is for CSV: JSON always holds both cells and trials.'
        : '--level is for CSV: a histogram holds the samples of all trials.',
      ['Leave --level out, or give --format csv.'],
    );
  }
  if (format !== 'hgrm' && cell !== undefined) {
    throw new UserError('--cell is for histograms.', ['Leave --cell out, or give --format hgrm.']);
  }
}
