import { Flags } from '@oclif/core';
import { fixedPlanFlags } from '../../measure-flags.js';
import { MeasuringCommand } from '../../measuring-command.js';
import { RUN_DEFAULTS } from '../../plan/defaults.js';
import type { PlanSummary } from '../../plan/summary.js';
import type { RpcTransport } from '../../plan/table1.js';
import type { Table1 } from '../../session/table1.js';
import type { ResultDocument } from '../../store/schema.js';

export default class ReproduceTable1 extends MeasuringCommand {
  static override summary = 'Measure Table 1 of the paper on doors again, beside its figures.';

  static override description = `Jim Voll's "Doors in Solaris" compares a round trip of control by \
doors, System V semaphores, pipes, System V messages and ONC RPC. They are measured here in one run \
with their trials interleaved: adaptive waiting on two cores, blocking on two cores, and blocking on \
one core. Each column has its medians and their ratios to doors, whether the published order is \
kept, and whether each ratio is at least the published one.

The result is saved as that of run is; export reads it.

Exit codes: 0 all is well, 1 a trial failed, 2 bad input, 130 after Ctrl-C.`;

  static override examples = [
    { description: 'The table', command: '<%= config.bin %> reproduce table1' },
    {
      description: 'More trials: narrower intervals',
      command: '<%= config.bin %> reproduce table1 --trials 20 --duration 1s',
    },
    {
      description: 'ONC RPC over UDP, a first look',
      command: '<%= config.bin %> reproduce table1 --rpc udp --quick',
    },
    {
      description: 'For a script',
      command: '<%= config.bin %> reproduce table1 --quick --seed 1 --json',
    },
  ];

  static override flags = {
    rpc: Flags.string({
      description: 'transport of ONC RPC; the published table names none',
      options: ['tcp', 'udp', 'unix'] satisfies RpcTransport[],
      default: 'tcp',
    }),
    ...fixedPlanFlags(RUN_DEFAULTS),
  };

  async run(): Promise<(ResultDocument & { table1: Table1 }) | PlanSummary> {
    const { flags } = await this.parse(ReproduceTable1);
    const { rpc, output: _, 'dry-run': dryRun, ...timing } = flags;
    const { probeDescriptors } = await import('../../generated/probe-index.js');
    const { layOutTable1, selectTable1, TABLE1_SETTINGS } = await import('../../plan/table1.js');
    const { reproduceTable1 } = await import('../../session/table1.js');
    const { readPublishedTable1 } = await import('../../store/published.js');
    const published = await readPublishedTable1(this.config.root);
    const { probes: native } = await (await this.createRunner()).describe();
    const rows = layOutTable1(rpc as RpcTransport, native);
    const selection = selectTable1(rows, probeDescriptors);
    const settings = await this.settings({ ...timing, ...TABLE1_SETTINGS }, undefined);
    if (dryRun) return this.dryRun(selection, settings);
    const measured = await this.measure(selection, settings, flags);
    const table1 = reproduceTable1(measured.document, rows, published);
    if (!this.jsonEnabled()) {
      const { renderTable1 } = await import('../../render/table1.js');
      this.log(renderTable1(table1, measured.document, this.tableOptions()).trimEnd());
    }
    this.announce(measured);
    return { ...measured.document, table1 };
  }
}
