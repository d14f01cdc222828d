import { Args, Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import { measureFlags } from '../measure-flags.js';
import { MeasuringCommand } from '../measuring-command.js';
import type { ProbeDescriptor } from '../probes/types.js';
import type { ResultDocument } from '../store/schema.js';

export default class Run extends MeasuringCommand {
  static override description = `Measure round trips of IPC mechanisms.

Each cell (probe x size x placement x wait policy) is measured in several trials, each a fresh \
pair of processes; trials of different cells are interleaved in a random order. The table goes to \
stdout, progress to stderr, and the result is saved.

Exit codes: 0 all is well, 1 a trial failed, 2 bad input, 130 after Ctrl-C.`;

  static override examples = [
    { description: 'A first look at everything', command: '<%= config.bin %> run --all --quick' },
    {
      description: 'Pipes against sockets on two cores, three sizes',
      command: '<%= config.bin %> run pipes sockets --placement two-cores --size 1,4k,64k',
    },
    {
      description: 'What blocking costs',
      command: '<%= config.bin %> run futex shm-ring --size 1 --wait block,spin,adaptive',
    },
    {
      description: 'For a script',
      command: '<%= config.bin %> run pipe --quick --seed 1 --json',
    },
  ];

  static override strict = false;

  static override args = {
    probe: Args.string({
      description: 'probes, or groups: pipes, sockets, semaphores, messages; see list',
    }),
  };

  static override flags = {
    all: Flags.boolean({ char: 'a', description: 'every probe' }),
    ...measureFlags,
  };

  async run(): Promise<ResultDocument> {
    const { argv, flags } = await this.parse(Run);
    const probes = await this.#probes(argv as string[], flags.all);
    const settings = await this.settings(flags);
    const measured = await this.measure(probes, settings, flags.output);
    if (!this.jsonEnabled()) {
      const { renderTable } = await import('../render/table.js');
      this.log(renderTable(measured.document, this.tableOptions()).trimEnd());
    }
    this.announce(measured);
    return measured.document;
  }

  async #probes(names: readonly string[], all: boolean): Promise<ProbeDescriptor[]> {
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { inTableOrder, selectProbes } = await import('../plan/select.js');
    const named = selectProbes(names, probeDescriptors);
    if (all) return inTableOrder(probeDescriptors);
    if (named.length > 0) return inTableOrder(named);
    throw new UserError('No probe was named.', [
      `Measure every one: ${this.config.bin} run --all`,
      `See what there is: ${this.config.bin} list`,
    ]);
  }
}
