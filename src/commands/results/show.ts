import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { columnsFlag } from '../../measure-flags.js';
import type { ResultDocument } from '../../store/schema.js';

export default class ResultsShow extends BaseCommand {
  static override description = `Show a saved result as the table that its run printed.`;

  static override examples = [
    { description: 'The latest run', command: '<%= config.bin %> results show @latest' },
    { description: 'A baseline', command: '<%= config.bin %> results show @main' },
    {
      description: 'Where the time goes',
      command: '<%= config.bin %> results show @latest --columns median,user,system,bcopy,other',
    },
    { description: 'The document', command: '<%= config.bin %> results show @-2 --json' },
  ];

  static override args = {
    result: Args.string({
      description: 'a file; a run id or its beginning; @latest; @-2; @NAME for a baseline',
      required: true,
    }),
  };

  static override flags = { ...columnsFlag };

  async run(): Promise<ResultDocument> {
    const { args, flags } = await this.parse(ResultsShow);
    const columns = await this.chosenColumns(flags.columns);
    const { resultsDirectory } = await import('../../store/store.js');
    const { CompareStore } = await import('../../session/compare-store.js');
    const { savedOperand } = await import('../../session/compare-operand.js');
    const store = new CompareStore(resultsDirectory(process.env, this.config.root));
    const document = await store.load(savedOperand(args.result));
    if (!this.jsonEnabled()) {
      const { renderTable } = await import('../../render/table.js');
      this.log(renderTable(document, { ...this.tableOptions(), columns }).trimEnd());
    }
    return document;
  }
}
