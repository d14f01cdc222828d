import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import {
  EXPORT_FORMATS,
  EXPORT_LEVELS,
  type ExportFormat,
  type ExportLevel,
} from '../render/export-files.js';
import { cellFlag, loadResults, resultsArg } from '../result-input.js';

export default class Export extends BaseCommand {
  static override enableJsonFlag = false;

  static override description = `Write saved results in the form that other programs read.

For programs, numbers in full: csv, ndjson and parquet have a row per cell, trial or bucket of a \
histogram (--level); json is the documents as saved, openmetrics is for Prometheus, github for \
actions that track benchmarks, hgrm for HdrHistogram's plotters. For readers, no digit that the \
intervals don't bear out: markdown, org, latex. Several results become one export. Missing is \
empty, never 0. docs/exporting.md has an example of each.`;

  static override examples = [
    {
      description: 'The latest run, one line per cell',
      command: '<%= config.bin %> export @latest --format csv',
    },
    {
      description: 'Every trial of the last two runs, to a file',
      command: '<%= config.bin %> export @-2 @latest -f csv --level trial --output trials.csv',
    },
    {
      description: 'For a paper: tables, a command per number, data for pgfplots, and a document',
      command: '<%= config.bin %> export @latest --format latex --output paper/',
    },
    {
      description: 'Into a data set of many machines: SELECT * FROM "lake/**/*.cell.parquet"',
      command: '<%= config.bin %> export left.json right.json --format parquet --output lake/',
    },
    {
      description: 'A table for a README',
      command: '<%= config.bin %> export @latest --format markdown',
    },
    {
      description: 'The distributions of all cells, into a directory that exists',
      command: '<%= config.bin %> export @latest --format hgrm --output plots/',
    },
  ];

  static override strict = false;

  static override args = { result: resultsArg };

  static override flags = {
    format: Flags.string({
      char: 'f',
      description: 'form of the output',
      options: [...EXPORT_FORMATS],
      required: true,
    }),
    level: Flags.string({
      char: 'l',
      description: 'what a row of csv, ndjson or parquet stands for',
      options: [...EXPORT_LEVELS],
      defaultHelp: 'cell',
    }),
    cell: cellFlag('for hgrm: '),
    output: Flags.string({
      char: 'o',
      description:
        'file to write, whole or not at all; with a slash at its end a directory (latex, parquet, hgrm of several cells); standard output unless given',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Export);
    const { exportFiles } = await import('../render/export-files.js');
    const { writeFiles } = await import('../store/write-files.js');
    const documents = await loadResults(argv as string[], this.config.root);
    const format = flags.format as ExportFormat;
    const level = flags.level as ExportLevel | undefined;
    await writeFiles(await exportFiles(documents, { ...flags, format, level }));
  }
}
