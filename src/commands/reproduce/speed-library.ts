import { fixedPlanFlags } from '../../measure-flags.js';
import { MeasuringCommand } from '../../measuring-command.js';
import { RUN_DEFAULTS } from '../../plan/defaults.js';
import type { PlanSummary } from '../../plan/summary.js';
import type { CopyMeter } from '../../runner/bcopy.js';
import type { SpeedLibrary } from '../../session/speed-library.js';
import type { ResultDocument } from '../../store/schema.js';

const COPY_NS = 100e6;
const COPY_QUICK_NS = 20e6;

export default class ReproduceSpeedLibrary extends MeasuringCommand {
  static override summary =
    'Measure what the document on Fast Sockets claims of its Speed Library.';

  static override description = `"Fast Socket Technology Implementation Using Doors" claims that a \
message takes the time of its copies and a very small amount of system time. The kernel's TCP and the \
three transports of Fast Sockets (mmap-sem, mmap-doors, doors) are measured here in one run with their \
trials interleaved, as round trips and as a stream, with messages of 64 B to 1 MiB, blocking, on two \
cores. Beside each time stand what its copies cost, measured between the same two cores before and \
after, the system time, and the share of the time that is neither.

The result is saved as that of run is; export reads it.

Exit codes: 0 all is well, 1 a trial failed, 2 bad input, 130 after Ctrl-C.`;

  static override examples = [
    { description: 'The tables', command: '<%= config.bin %> reproduce speed-library' },
    { description: 'A first look', command: '<%= config.bin %> reproduce speed-library --quick' },
    {
      description: 'For a script',
      command: '<%= config.bin %> reproduce speed-library --quick --seed 1 --json',
    },
  ];

  static override flags = fixedPlanFlags(RUN_DEFAULTS);

  async run(): Promise<(ResultDocument & { speed_library: SpeedLibrary }) | PlanSummary> {
    const { flags } = await this.parse(ReproduceSpeedLibrary);
    const { output: _, 'dry-run': dryRun, ...timing } = flags;
    const { probeDescriptors } = await import('../../generated/probe-index.js');
    const plan = await import('../../plan/speed-library.js');
    const { reproduceSpeedLibrary } = await import('../../session/speed-library.js');
    const selection = plan.selectSpeedLibrary(probeDescriptors);
    // As a plan's the placement is no must: a machine without it has rows that say so.
    const placed = { placement: plan.SPEED_LIBRARY_PLACEMENT };
    const typed = { ...timing, ...plan.SPEED_LIBRARY_SETTINGS };
    const settings = await this.settings(typed, { probes: null, settings: placed });
    if (dryRun) return this.dryRun(selection, settings);
    const meter = await this.createCopyMeter(flags.quick ? COPY_QUICK_NS : COPY_NS);
    const sizes = plan.SPEED_LIBRARY_SIZES;
    const before = await meter.measure(sizes);
    const measured = await this.measure(selection, settings, flags);
    const { document } = measured;
    const after = document.run.complete ? await meter.measure(sizes) : null;
    const speed = reproduceSpeedLibrary(document, probeDescriptors, before, after);
    if (!this.jsonEnabled()) {
      const { renderSpeedLibrary } = await import('../../render/speed-library.js');
      this.log(renderSpeedLibrary(speed, document, this.tableOptions()).trimEnd());
    }
    this.announce(measured);
    return { ...document, speed_library: speed };
  }

  /** Copies between the processors of the peers; tests put a fake in its place. */
  protected async createCopyMeter(durationNs: number): Promise<CopyMeter> {
    const { NativeCopyMeter } = await import('../../runner/bcopy.js');
    const { resolvePlacement } = await import('../../host/placement.js');
    const { readTopology } = await import('../../host/topology.js');
    const { SPEED_LIBRARY_PLACEMENT } = await import('../../plan/speed-library.js');
    const resolution = resolvePlacement(SPEED_LIBRARY_PLACEMENT, readTopology());
    const [pair] = 'pairs' in resolution ? resolution.pairs : [];
    return new NativeCopyMeter(pair ?? { clientCpu: null, serverCpu: null }, durationNs);
  }
}
