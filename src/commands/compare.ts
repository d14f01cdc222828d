import { Args } from '@oclif/core';
import { measureFlags } from '../measure-flags.js';
import { MeasuringCommand } from '../measuring-command.js';
import type { PlanSummary } from '../plan/summary.js';
import type { Comparison } from '../session/compare.js';
import type { ResultDocument } from '../store/schema.js';

export default class Compare extends MeasuringCommand {
  static override description = `Compare two IPC mechanisms.

Both are measured in one run with their trials interleaved, so that drift of the machine meets \
both alike. The ratio of the medians has a confidence interval: where it includes 1, the two are \
not separated.`;

  static override examples = [
    {
      description: 'Pipe against Unix socket',
      command: '<%= config.bin %> compare pipe unix-stream',
    },
    {
      description: 'One size, more trials',
      command:
        '<%= config.bin %> compare sysv-msg pipe --size 1k --trials 20 --placement two-cores',
    },
    {
      description: 'How fast connections are made',
      command: '<%= config.bin %> compare tcp unix-stream --pattern connect',
    },
    {
      description: 'The same mechanism twice: what noise alone looks like',
      command: '<%= config.bin %> compare pipe pipe --quick',
    },
  ];

  static override args = {
    a: Args.string({ description: 'a probe', required: true }),
    b: Args.string({ description: 'the probe it is compared with', required: true }),
  };

  static override flags = measureFlags;

  async run(): Promise<(ResultDocument & { comparison: Comparison }) | PlanSummary> {
    const { args, flags } = await this.parse(Compare);
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { selectOneProbe } = await import('../plan/select.js');
    const { comparePlanned } = await import('../session/compare-planned.js');
    const a = selectOneProbe(args.a, probeDescriptors);
    const b = selectOneProbe(args.b, probeDescriptors);
    const selection = { probes: [a, b], named: new Set([a.name, b.name]) };
    const settings = await this.settings(flags, await this.namedPlan(flags));
    if (flags['dry-run']) return this.dryRun(selection, settings);
    const measured = await this.measure(selection, settings, flags.output);
    const comparison = comparePlanned(measured.document, a.name, b.name);
    if (!this.jsonEnabled()) {
      const { renderComparison } = await import('../render/compare.js');
      this.log(renderComparison(comparison, this.tableOptions()).trimEnd());
    }
    this.announce(measured);
    return { ...measured.document, comparison };
  }
}
