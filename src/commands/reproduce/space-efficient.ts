import { fixedPlanFlags } from '../../measure-flags.js';
import { MeasuringCommand } from '../../measuring-command.js';
import { RUN_DEFAULTS } from '../../plan/defaults.js';
import type { PlanSummary } from '../../plan/summary.js';
import type { SpaceEfficient } from '../../session/space-efficient.js';
import type { ResultDocument } from '../../store/schema.js';

export default class ReproduceSpaceEfficient extends MeasuringCommand {
  static override summary =
    'Measure how many buffers calls take that free them early, and that hold them.';

  static override description = `"Method and apparatus for space-efficient inter-process \
communication" claims that buffers which are freed as soon as the arguments are copied are far fewer \
than those that calls hold until they return. Calls of 1 to 256 threads that last 10 ms are measured here \
both ways, with more buffers on demand, and from 16 threads on with 32 buffers for which calls wait, \
or without which they are refused: buffers and bytes at most and on average, what Little's law expects, \
and round trips. What early release costs a round trip of 1 KiB stands below.

The result is saved as that of run is; export writes it as CSV.

Exit codes: 0 all is well, 1 a trial failed, 2 bad input, 130 after Ctrl-C.`;

  static override examples = [
    { description: 'The tables', command: '<%= config.bin %> reproduce space-efficient' },
    {
      description: 'A first look',
      command: '<%= config.bin %> reproduce space-efficient --quick',
    },
    {
      description: 'For a script',
      command: '<%= config.bin %> reproduce space-efficient --quick --seed 1 --json',
    },
  ];

  static override flags = fixedPlanFlags(RUN_DEFAULTS);

  async run(): Promise<(ResultDocument & { space_efficient: SpaceEfficient }) | PlanSummary> {
    const { flags } = await this.parse(ReproduceSpaceEfficient);
    const { output, 'no-calibrate': noCalibrate, 'dry-run': dryRun, ...timing } = flags;
    const { probeDescriptors } = await import('../../generated/probe-index.js');
    const plan = await import('../../plan/space-efficient.js');
    const { reproduceSpaceEfficient } = await import('../../session/space-efficient.js');
    const selection = plan.selectSpaceEfficient(probeDescriptors);
    const settings = await this.settings({ ...timing, ...plan.SPACE_SETTINGS }, undefined);
    if (dryRun) return this.dryRun(selection, settings);
    const measured = await this.measure(selection, settings, {
      output,
      'no-calibrate': noCalibrate,
    });
    const space = reproduceSpaceEfficient(measured.document);
    if (!this.jsonEnabled()) {
      const { renderSpaceEfficient } = await import('../../render/space-efficient.js');
      this.log(renderSpaceEfficient(space, measured.document, this.tableOptions()).trimEnd());
    }
    this.announce(measured);
    return { ...measured.document, space_efficient: space };
  }
}
