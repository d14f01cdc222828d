import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import { loadResult, resultArg } from '../result-input.js';
import type { PlanAdvice as Advice } from '../session/plan-advice.js';

export default class PlanAdvice extends BaseCommand {
  static override description = `Say where to put repetitions: in more trials or in longer windows.

From the scatter within and between the trials of a saved result: how many trials a target \
precision takes, and which window makes that cheapest, given what starting a trial costs. A result \
with 10 trials or more says something; 5 are rough.`;

  static override examples = [
    {
      description: 'After a first run: what 1 % would take',
      command: '<%= config.bin %> plan-advice @latest',
    },
    {
      description: 'What 0.2 % would take, if starting a trial took a second',
      command: '<%= config.bin %> plan-advice @latest --precision 0.2% --start-up 1s',
    },
  ];

  static override args = { result: resultArg };

  static override flags = {
    precision: Flags.string({
      description: 'half the width of the 95 % interval, as a share of the median',
      helpValue: 'PERCENT',
      default: '1%',
    }),
    'start-up': Flags.string({
      description: 'what starting a trial costs, its warm-up not included [default: as in the run]',
      helpValue: 'DURATION',
    }),
  };

  async run(): Promise<Advice> {
    const { args, flags } = await this.parse(PlanAdvice);
    const { readSetting } = await import('../plan/settings.js');
    const { parseDuration } = await import('../plan/durations.js');
    const precision = readSetting('precision', flags.precision);
    if (precision === null) {
      throw new UserError('Advice wants a target precision.', ['Give --precision 1%.']);
    }
    const startUp = flags['start-up'];
    const startUpNs =
      startUp === undefined ? {} : { startUpNs: parseDuration(startUp, '--start-up', 1e3, 3600e9) };
    const document = await loadResult(args.result, this.config.root);
    const { planAdvice } = await import('../session/plan-advice.js');
    const advice = planAdvice(document, { precision, ...startUpNs });
    if (!this.jsonEnabled()) {
      const { renderPlanAdvice } = await import('../render/plan-advice.js');
      this.log(renderPlanAdvice(advice, this.tableOptions()).trimEnd());
    }
    return advice;
  }
}
