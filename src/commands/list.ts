import { BaseCommand } from '../base-command.js';
import type { ProbeListing } from '../plan/listing.js';

export default class List extends BaseCommand {
  static override description =
    `List every probe, by family: what it is, what it offers, and whether it is available here.

Patterns, wait policies and options are the values and flags that \`run\` takes. Where a probe is \
not available, the reason and what enables it are shown.`;

  static override examples = [
    { description: 'For people', command: '<%= config.bin %> list' },
    { description: 'For a script', command: '<%= config.bin %> list --json' },
  ];

  async run(): Promise<readonly ProbeListing[]> {
    await this.parse(List);
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { listProbes } = await import('../plan/listing.js');
    const { NativeRunner } = await import('../runner/native.js');
    const listing = await listProbes(probeDescriptors, await NativeRunner.create());
    if (!this.jsonEnabled()) {
      const { renderProbeList } = await import('../render/probe-list.js');
      const { width, color } = this.tableOptions();
      this.log(renderProbeList(listing, width, color));
    }
    return listing;
  }
}
