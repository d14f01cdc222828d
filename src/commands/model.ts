import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { loadResult, resultArg } from '../result-input.js';
import type { CostModels } from '../session/model.js';

export default class Model extends BaseCommand {
  static override description = `Say what a message costs, and what a byte costs more.

Fits elapsed(n) = alpha + beta n over the sizes of a saved result, for each mechanism: alpha in µs, beta \
in ns per byte, with 95 % confidence intervals over trials, and checks whether one line describes the \
sweep. Where it doesn't, the fewest lines that do, with their breaks and the caches near them. Beside \
beta stands that of a plain copy (bcopy), as the run was calibrated. docs/model.md has an example.`;

  static override examples = [
    {
      description: 'A sweep to fit a model to',
      command: '<%= config.bin %> run pipe tcp --size 1..1m --placement two-cores --trials 10',
    },
    { description: 'Its model', command: '<%= config.bin %> model @latest' },
    {
      description: 'Two of its mechanisms',
      command: '<%= config.bin %> model @latest --probe pipe,tcp',
    },
    {
      description: 'A line may be off by a tenth',
      command: '<%= config.bin %> model @latest --tolerance 10%',
    },
    {
      description: 'All figures, size by size',
      command: '<%= config.bin %> model sweep.json --json',
    },
  ];

  static override args = { result: resultArg };

  static override flags = {
    probe: Flags.string({
      description: 'probes of the result, in a list',
      defaultHelp: 'all',
      helpValue: 'LIST',
    }),
    tolerance: Flags.string({
      description: 'a deviation within it is no reason to break a line',
      helpValue: 'PERCENT',
      default: '5%',
    }),
  };

  async run(): Promise<CostModels> {
    const { args, flags } = await this.parse(Model);
    const { parsePercentage } = await import('../plan/percentages.js');
    const { withProbes } = await import('../session/model-request.js');
    const { costModels } = await import('../session/model.js');
    const tolerance = parsePercentage(flags.tolerance, '--tolerance');
    const document = withProbes(await loadResult(args.result, this.config.root), flags.probe);
    const models = costModels(document, { tolerance });
    if (!this.jsonEnabled()) {
      const { renderModels } = await import('../render/model.js');
      this.log(renderModels(models, this.tableOptions()).trimEnd());
    }
    return models;
  }
}
