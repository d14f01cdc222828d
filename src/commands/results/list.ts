import { BaseCommand } from '../../base-command.js';
import type { SavedResult } from '../../session/results-list.js';

export default class ResultsList extends BaseCommand {
  static override description = `List saved results and baselines.

One line per run, oldest first: when it was started, its cells and trials, what it measured, on \
which host, and the baselines that were made of it. A file that can't be read is a line that says so.`;

  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> results list' },
    { description: 'For a script', command: '<%= config.bin %> results list --json' },
  ];

  async run(): Promise<SavedResult[]> {
    await this.parse(ResultsList);
    const { resultsDirectory } = await import('../../store/store.js');
    const { listResults } = await import('../../session/results-list.js');
    const directory = resultsDirectory(process.env, this.config.root);
    const results = await listResults(directory);
    if (!this.jsonEnabled()) {
      const { renderResults } = await import('../../render/results-list.js');
      this.log(renderResults(results, directory, this.tableOptions()).trimEnd());
    }
    return results;
  }
}
