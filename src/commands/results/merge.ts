import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import type { ResultDocument } from '../../store/schema.js';

export default class ResultsMerge extends BaseCommand {
  static override description = `Make one result of several.

Trials of equal cells are pooled: medians, intervals and percentiles are made anew from all of \
them. In what the hosts differ is said, and kept in the merged result. The results that are merged \
stay as they are.`;

  static override examples = [
    {
      description: 'The last two runs',
      command: '<%= config.bin %> results merge @-2 @latest',
    },
    {
      description: 'Results of two machines, to a file',
      command: '<%= config.bin %> results merge left.json right.json --output both.json',
    },
  ];

  static override strict = false;

  static override args = {
    result: Args.string({ description: 'two or more saved results', required: true }),
  };

  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'save to this file instead of the directory of results',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<ResultDocument> {
    const { argv, flags } = await this.parse(ResultsMerge);
    const { createRunId, resultsDirectory } = await import('../../store/store.js');
    const { CompareStore } = await import('../../session/compare-store.js');
    const { savedOperand } = await import('../../session/compare-operand.js');
    const { mergeResults } = await import('../../session/results-merge.js');
    const { differences } = await import('../../session/compare-differences.js');
    const { openDestination } = await import('../../session/destination.js');
    const directory = resultsDirectory(process.env, this.config.root);
    const store = new CompareStore(directory);
    const documents: ResultDocument[] = [];
    for (const text of argv as string[]) documents.push(await store.load(savedOperand(text)));
    const identity = { id: createRunId(new Date()), command: this.commandLine() };
    const merged = mergeResults(documents, identity);
    const path = await (await openDestination(flags.output, directory)).save(merged);
    const origins = documents.map((document) => ({ label: document.run.id, document }));
    for (const note of differences(origins)) process.stderr.write(`${note}\n`);
    process.stderr.write(`saved: ${path}\n`);
    if (!this.jsonEnabled()) {
      const { renderTable } = await import('../../render/table.js');
      this.log(renderTable(merged, this.tableOptions()).trimEnd());
    }
    return merged;
  }
}
