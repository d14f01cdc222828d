import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import type { Validation } from '../../store/validate.js';

export default class ResultsValidate extends BaseCommand {
  static override description = `Check files against the schema of results.

Says of each file what is wrong: no JSON, another schema version, fields that are missing or \
malformed, figures that contradict each other. Without names every saved run is checked.

Exit codes: 0 all are valid, 1 some are not, 2 bad input.`;

  static override examples = [
    { description: 'Every saved run', command: '<%= config.bin %> results validate' },
    { description: 'Files', command: '<%= config.bin %> results validate a.json b.json --json' },
  ];

  static override strict = false;

  static override args = {
    result: Args.string({ description: 'files, run ids, or @NAME for baselines' }),
  };

  async run(): Promise<readonly Validation[]> {
    const { argv } = await this.parse(ResultsValidate);
    const { resultsDirectory } = await import('../../store/store.js');
    const { CompareStore } = await import('../../session/compare-store.js');
    const { savedOperand } = await import('../../session/compare-operand.js');
    const { validateFile } = await import('../../store/validate.js');
    const store = new CompareStore(resultsDirectory(process.env, this.config.root));
    const names = argv.length > 0 ? (argv as string[]) : await store.runs();
    const checked: Validation[] = [];
    for (const name of names)
      checked.push(await validateFile(await store.path(savedOperand(name))));
    if (!this.jsonEnabled()) {
      const lines = checked.flatMap(({ path, valid, faults }) => [
        `${path}: ${valid ? 'valid' : 'not valid'}`,
        ...faults.map((fault) => `  ${fault}`),
      ]);
      this.log(lines.length === 0 ? 'No saved runs.' : lines.join('\n'));
    }
    if (checked.some(({ valid }) => !valid)) process.exitCode = 1;
    return checked;
  }
}
