import { Args, Flags } from '@oclif/core';
import { UserError } from '../errors.js';
import { measureFlags } from '../measure-flags.js';
import { MeasuringCommand } from '../measuring-command.js';
import { RUN_DEFAULTS } from '../plan/defaults.js';
import type { NamedPlan } from '../plan/named-plans.js';
import type { Selection } from '../plan/select.js';
import type { SettingsInput } from '../plan/settings.js';
import type { PlanSummary } from '../plan/summary.js';
import type { Measured } from '../session/measure.js';
import type { ResultDocument } from '../store/schema.js';

type Columns = readonly string[] | undefined;

export default class Run extends MeasuringCommand {
  static override description = `Measure IPC mechanisms.

Each cell (probe x pattern x size x placement x wait policy x ...) is measured in several trials, \
each a fresh pair of processes; trials of different cells are interleaved in a random order. Every \
list multiplies the plan: --dry-run shows it. The table goes to stdout, progress to stderr, and the \
result is saved.

Each finished trial is kept in a journal beside the result until that is saved whole: --resume goes \
on with a run that was cut off.

What a probe of a group doesn't offer (a pattern, an option, a size) is a row that says so; asked of \
a probe that was named itself it is bad input.

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
      description: 'One-way throughput, and how it depends on the pieces',
      command: '<%= config.bin %> run pipe tcp --pattern stream --size 64k --chunk 1k,4k,64k',
    },
    {
      description: 'An open loop: response times under a given load',
      command: '<%= config.bin %> run tcp --pattern load --rate 1k,5k,10k --arrivals poisson',
    },
    {
      description: 'A plan for a paper: how long would it take?',
      command: '<%= config.bin %> run sockets --plan paper --dry-run',
    },
    {
      description: 'As many trials as it takes to know each median within 1 %',
      command: '<%= config.bin %> run pipe tcp --precision 1% --max-time 10min',
    },
    {
      description: 'Go on with the run that was cut off last',
      command: '<%= config.bin %> run --resume @latest',
    },
    {
      description: 'For a script',
      command: '<%= config.bin %> run pipe --quick --seed 1 --json',
    },
  ];

  static override strict = false;

  static override args = {
    probe: Args.string({
      description: 'probes, or groups: pipes, sockets, semaphores, messages, rpc, shm; see list',
    }),
  };

  static override flags = {
    all: Flags.boolean({ char: 'a', description: 'every probe' }),
    ...measureFlags(RUN_DEFAULTS),
    resume: Flags.string({
      description: 'go on with a run that was cut off: its id, its journal, or @latest',
      helpValue: 'RUN',
      exclusive: ['all', 'plan', 'paper', 'quick', 'output', 'dry-run'],
    }),
    force: Flags.boolean({
      description: 'with --resume: also where the host is no longer as it was',
      dependsOn: ['resume'],
    }),
  };

  async run(): Promise<ResultDocument | PlanSummary> {
    const { argv, flags } = await this.parse(Run);
    const columns = await this.chosenColumns(flags.columns);
    if (flags.resume !== undefined) return this.#resumed(flags.resume, argv as string[], flags);
    const plan = await this.namedPlan(flags);
    const selection = await this.#selection(argv as string[], flags.all, plan);
    const settings = await this.settings(flags, plan);
    if (flags['dry-run']) return this.dryRun(selection, settings);
    return this.#show(await this.measure(selection, settings, flags), columns);
  }

  async #resumed(
    ref: string,
    probes: readonly string[],
    flags: SettingsInput & { readonly force: boolean; readonly columns?: string | undefined },
  ): Promise<ResultDocument> {
    if (probes.length > 0) {
      throw new UserError(`--resume goes on with the probes of its run, not with ${probes[0]}.`, [
        `Leave the probes out: ${this.config.bin} run --resume ${ref}`,
      ]);
    }
    const resume = () => this.resume(ref, flags, flags.force);
    const words = await this.#compared(ref);
    if (words === null) return this.#show(await resume(), await this.chosenColumns(flags.columns));
    const columns = flags.columns === undefined ? [] : ['--columns', flags.columns];
    const argv = [...words, ...columns, ...(this.jsonEnabled() ? ['--json'] : [])];
    return (await this.createCompare(argv, resume)).run() as Promise<ResultDocument>;
  }

  /** The command whose run it is shows it. Tests put another one in its place. */
  protected async createCompare(argv: string[], resumed: () => Promise<Measured>) {
    const { default: Compare } = await import('./compare.js');
    Compare.id ??= 'compare';
    const compare = new Compare(argv, this.config);
    compare.resumed = resumed;
    return compare;
  }

  /** The words behind `compare` when a journal is of one; null = it is of another command. */
  async #compared(ref: string): Promise<string[] | null> {
    const { ResultStore, resultsDirectory } = await import('../store/store.js');
    const { readJournal } = await import('../store/journal.js');
    const { splitCommandLine } = await import('../session/command-line.js');
    const store = new ResultStore(resultsDirectory(process.env, this.config.root));
    const { head } = (await readJournal(await store.resolveJournal(ref))).header;
    const [, command, ...words] = splitCommandLine(head.run.command);
    return command === 'compare' ? words.filter((word) => word !== '--json') : null;
  }

  async #show(measured: Measured, columns: Columns): Promise<ResultDocument> {
    if (!this.jsonEnabled()) {
      const { renderTable } = await import('../render/table.js');
      this.log(renderTable(measured.document, { ...this.tableOptions(), columns }).trimEnd());
    }
    this.announce(measured);
    return measured.document;
  }

  async #selection(names: string[], all: boolean, plan?: NamedPlan): Promise<Selection> {
    const { probeDescriptors } = await import('../generated/probe-index.js');
    const { chooseProbes } = await import('../plan/select.js');
    const selection = chooseProbes(names, all, plan?.probes, probeDescriptors);
    if (selection) return selection;
    throw new UserError('No probe was named.', [
      `Measure every one: ${this.config.bin} run --all`,
      `See what there is: ${this.config.bin} list`,
    ]);
  }
}
