import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';

export default class ResultsRm extends BaseCommand {
  static override description = `Remove saved results or baselines.

What is named in full (a run id, @NAME or baseline:NAME) is removed. What is named otherwise \
(@latest, @-2, the beginning of an id) is removed with --yes only. Either all that was named goes, \
or, when something of it isn't there, nothing.`;

  static override examples = [
    {
      description: 'A run by its id',
      command: '<%= config.bin %> results rm 20261121T031500Z-7f3a',
    },
    { description: 'The latest run', command: '<%= config.bin %> results rm @latest --yes' },
    { description: 'A baseline', command: '<%= config.bin %> results rm baseline:main' },
  ];

  static override strict = false;

  static override args = {
    result: Args.string({ description: 'run ids, or baselines', required: true }),
  };

  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'remove also what is not named in full' }),
  };

  async run(): Promise<{ readonly removed: readonly string[] }> {
    const { argv, flags } = await this.parse(ResultsRm);
    const { resultsDirectory } = await import('../../store/store.js');
    const { removeResults } = await import('../../session/results-remove.js');
    const directory = resultsDirectory(process.env, this.config.root);
    const removed = await removeResults(argv as string[], directory, flags.yes);
    if (!this.jsonEnabled()) this.log(removed.map((path) => `removed ${path}`).join('\n'));
    return { removed };
  }
}
