import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { ProbeListing } from '../plan/listing.js';
import type { Runner } from '../runner/types.js';

export default class Show extends BaseCommand {
  static override description = `Explain one mechanism.

How a message travels, how often it is copied and by whom, what a round trip costs in system calls, \
which patterns, wait policies and options there are, what limits it here, and where to read more.`;

  static override examples = [
    { description: 'How a pipe works', command: '<%= config.bin %> show pipe' },
    { description: 'For a script', command: '<%= config.bin %> show unix-stream --json' },
  ];

  static override args = {
    what: Args.string({ description: 'a probe; see list', required: true }),
  };

  async run(): Promise<ProbeListing> {
    const { args } = await this.parse(Show);
    const probe = await this.#probe(args.what);
    if (!this.jsonEnabled()) {
      const { renderProbeDetails } = await import('../render/probe-details.js');
      this.log(renderProbeDetails(probe, this.tableOptions()).trimEnd());
    }
    return probe;
  }

  /** The native part, which knows what this machine allows; tests put a fake in its place. */
  protected async createRunner(): Promise<Runner> {
    const { NativeRunner } = await import('../runner/native.js');
    return new NativeRunner();
  }

  /** @throws UserError for a name that stands for no probe, or for several */
  async #probe(name: string): Promise<ProbeListing> {
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { selectOneProbe } = await import('../plan/select.js');
    const { listProbes } = await import('../plan/listing.js');
    const descriptor = selectOneProbe(name, probeDescriptors);
    const [probe] = await listProbes([descriptor], await this.createRunner());
    return probe as ProbeListing;
  }
}
