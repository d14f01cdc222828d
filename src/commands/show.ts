import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import type { ProbeListing } from '../plan/listing.js';
import type { HistogramSummary } from '../render/histogram-summary.js';
import type { Runner } from '../runner/types.js';

export default class Show extends BaseCommand {
  static override description = `Explain one mechanism, or show the histograms of a result.

Of a mechanism: how a message travels, how often it is copied and by whom, what a round trip costs in \
system calls, which patterns, wait policies and options there are, what limits it here, and where to \
read more.

Of a result, with --histogram: for each cell the distribution of its samples as a violin with a box \
plot, and its percentile spectrum, on logarithmic scales.`;

  static override examples = [
    { description: 'How a pipe works', command: '<%= config.bin %> show pipe' },
    { description: 'For a script', command: '<%= config.bin %> show unix-stream --json' },
    {
      description: 'Distributions of the latest run',
      command: '<%= config.bin %> show @latest --histogram',
    },
    {
      description: 'Of its second cell and of those of tcp',
      command: '<%= config.bin %> show @latest --histogram --cell 2,tcp',
    },
  ];

  static override args = {
    what: Args.string({
      description: 'a probe, see list; with --histogram a result: a file, a run id, @latest, @-2',
      required: true,
    }),
  };

  static override flags = {
    histogram: Flags.boolean({ description: 'show the histograms of a saved result' }),
    cell: Flags.string({
      description: 'cells of it: numbers from 1, or probes, in a list',
      defaultHelp: 'all',
      dependsOn: ['histogram'],
      helpValue: 'LIST',
    }),
    ascii: Flags.boolean({
      description: 'draw with ASCII characters only',
      dependsOn: ['histogram'],
    }),
  };

  async run(): Promise<ProbeListing | readonly HistogramSummary[]> {
    const { args, flags } = await this.parse(Show);
    if (flags.histogram) return this.#histograms(args.what, flags);
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
    return NativeRunner.create();
  }

  async #histograms(
    result: string,
    { cell, ascii }: { readonly cell?: string | undefined; readonly ascii: boolean },
  ): Promise<readonly HistogramSummary[]> {
    const { ResultStore, resultsDirectory } = await import('../store/store.js');
    const { cellHistograms } = await import('../render/histogram-cells.js');
    const store = new ResultStore(resultsDirectory(process.env, this.config.root));
    const histograms = cellHistograms(await store.load(result), cell);
    if (!this.jsonEnabled()) {
      const { renderHistograms } = await import('../render/histogram.js');
      this.log(renderHistograms(histograms, { ...this.tableOptions(), ascii }).trimEnd());
    }
    const { summarizeHistogram } = await import('../render/histogram-summary.js');
    return histograms.map(summarizeHistogram);
  }

  /** @throws UserError for a name that stands for no probe, or for several */
  async #probe(name: string): Promise<ProbeListing> {
    if (name.startsWith('@') || name.endsWith('.json')) throw isResult(name);
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { selectOneProbe } = await import('../plan/select.js');
    const { listProbes } = await import('../plan/listing.js');
    const descriptor = selectOneProbe(name, probeDescriptors);
    const [probe] = await listProbes([descriptor], await this.createRunner());
    return probe as ProbeListing;
  }
}

function isResult(name: string): UserError {
  return new UserError(`"${name}" is a result, and show explains probes.`, [
    `Its histograms: ipcbench show ${name} --histogram`,
  ]);
}
