import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';

export default class Export extends BaseCommand {
  static override enableJsonFlag = false;

  static override description = `Write a saved result as CSV or JSON.

CSV has one line per cell, or one per trial; missing is empty, never 0. JSON is the document as
saved; its schema is in schema/ of the package.`;

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
      options: ['csv', 'json'],
      required: true,
    }),
    level: Flags.string({
      char: 'l',
      description: 'what a line of CSV stands for',
      options: ['cell', 'trial'],
      defaultHelp: 'cell',
    }),
    output: Flags.string({
      char: 'o',
      description: 'file to write, whole or not at all; standard output unless given',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Export);
    if (flags.format === 'json' && flags.level !== undefined) {
      throw new UserError('--level is for CSV: JSON always holds both cells and trials.', [
        'Leave --level out, or give --format csv.',
      ]);
    }
    const { ResultStore, resultsDirectory, writeWhole } = await import('../store/store.js');
    const store = new ResultStore(resultsDirectory(process.env, this.config.root));
    const document = await store.load(args.result);
    const text =
      flags.format === 'json'
        ? (await import('../render/json.js')).renderJson(document)
        : (await import('../render/csv.js')).renderCsv(document, {
            level: flags.level === 'trial' ? 'trial' : 'cell',
          });
    if (flags.output === undefined) process.stdout.write(text);
    else await writeWhole(flags.output, text);
  }
}
