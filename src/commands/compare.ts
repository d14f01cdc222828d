import { Args, Flags } from '@oclif/core';
import { EXIT_BAD_INPUT } from '../base-command.js';
import { measureFlags } from '../measure-flags.js';
import { MeasuringCommand } from '../measuring-command.js';
import { COMPARE_DEFAULTS } from '../plan/defaults.js';
import type { PlanSummary } from '../plan/summary.js';
import type { Gate } from '../session/compare-gate.js';
import type { ComparisonRequest } from '../session/compare-session.js';
import type { Comparison } from '../session/compare-types.js';
import type { Measured } from '../session/measure.js';
import type { ResultDocument } from '../store/schema.js';

/** When a rule of --fail-if is broken, or there are no data to tell. */
const EXIT_GATE = 3;

/** What `--json` prints: the run, if anything was measured, and what the comparison says. */
type CompareResult = Partial<ResultDocument> & {
  readonly comparison: Comparison;
  readonly gate: Gate | null;
};

export default class Compare extends MeasuringCommand {
  static override description = `Compare IPC mechanisms, or saved results.

Each side is a probe, perhaps with settings of its own (tcp:size=4k,wait=spin), or a saved result (a \
file, a run id, @latest, @-2, @NAME for a baseline). Probes are measured in one run, in many short \
blocks of trials, and compared within each block, so that what else the machine does meets all \
alike; saved results are compared cell by cell.

Two cells are called different only if the interval of their ratio excludes 1 and the ratio is \
beyond the noise threshold. docs/comparing.md says how, and what --fail-if does.

Exit codes: 0 all is well, 1 a trial failed, 2 bad input, 3 a rule of --fail-if is broken or lacks \
data, 130 after Ctrl-C.`;

  static override examples = [
    { description: 'Doors against TCP', command: '<%= config.bin %> compare doors tcp' },
    {
      description: 'From which size on is one the faster one?',
      command: '<%= config.bin %> compare pipe shm-ring --size 1..1m --placement two-cores',
    },
    {
      description: 'One mechanism, two ways of waiting',
      command: '<%= config.bin %> compare futex:wait=block futex:wait=spin --size 1',
    },
    {
      description: 'More than two are ranked',
      command: '<%= config.bin %> compare pipe unix-stream tcp doors --size 1',
    },
    { description: 'The last two runs', command: '<%= config.bin %> compare @-2 @latest' },
    {
      description: 'Keep a baseline, and fail when it is missed',
      command:
        '<%= config.bin %> compare pipe --size 1 --save-baseline main\n<%= config.bin %> compare pipe --size 1 --baseline main --fail-if "rtt > 5%"',
    },
    {
      description: 'The same mechanism twice: what noise alone looks like',
      command: '<%= config.bin %> compare pipe pipe --quick',
    },
  ];

  static override strict = false;

  static override args = {
    side: Args.string({
      description: 'two or more probes or saved results; one with --baseline or --save-baseline',
      required: true,
    }),
  };

  static override flags = {
    noise: Flags.string({
      description: 'ratios within it are no difference [default: 2%]',
      helpValue: 'PERCENT',
    }),
    'fail-if': Flags.string({
      description: 'exit with 3 if so, by the first side: "rtt > 5%", also p99, throughput, cpu',
      helpValue: 'RULE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    baseline: Flags.string({
      description: 'compare with this saved baseline, which becomes the first side',
      helpValue: 'NAME',
    }),
    'save-baseline': Flags.string({
      description: 'keep the result under this name, to compare later ones with',
      helpValue: 'NAME',
    }),
    ...measureFlags(COMPARE_DEFAULTS),
  };

  protected override readonly defaults = COMPARE_DEFAULTS;

  /** Goes on with a run that was cut off, whose comparison this is; null = it is measured now. */
  resumed: (() => Promise<Measured>) | null = null;

  async run(): Promise<CompareResult | PlanSummary> {
    const { argv, flags } = await this.parse(Compare);
    const { readRequest } = await import('../session/compare-request.js');
    const request = await readRequest(argv as string[], flags);
    const columns = await this.#columns(flags.columns, request);
    const plan = await this.namedPlan(flags);
    const resolve = (typed: ComparisonRequest['flags']) => this.settings(typed, plan);
    const { planComparison, runComparison } = await import('../session/compare-session.js');
    if (flags['dry-run']) {
      const planned = await planComparison(request, resolve);
      if (planned) return this.dryRun(planned.selection, planned.settings);
    }
    const { CompareStore } = await import('../session/compare-store.js');
    const { resultsDirectory } = await import('../store/store.js');
    const store = new CompareStore(resultsDirectory(process.env, this.config.root));
    if (flags['save-baseline'] !== undefined) store.checkName(flags['save-baseline']);
    const runs: Measured[] = [];
    const compared = await runComparison(request, {
      resolve,
      load: (operand) => store.load(operand),
      measure: async (selection, settings, rerun) => {
        if (rerun) process.stderr.write('a rule is broken: measuring those cells once more\n');
        const output = rerun ? undefined : flags.output;
        const run = await (this.resumed !== null && !rerun
          ? this.resumed()
          : this.measure(selection, settings, { ...flags, output }));
        runs.push(run);
        return run;
      },
    });
    const { comparison, gate } = compared;
    if (!this.jsonEnabled()) {
      const { renderCompared } = await import('../render/compare-report.js');
      this.log(renderCompared(compared, { ...this.tableOptions(), columns }).trimEnd());
    }
    for (const run of runs) this.announce(run);
    if (gate?.passed === false && !interrupted()) process.exitCode = EXIT_GATE;
    if (flags['save-baseline'] !== undefined) {
      const { saved, text } = await store.saveBaseline(flags['save-baseline'], compared);
      process.stderr.write(`${text}\n`);
      if (!saved) process.exitCode ||= EXIT_BAD_INPUT;
    }
    return { ...compared.measured?.document, comparison, gate };
  }

  /** A side alone has the table of run. */
  async #columns(text: string | undefined, { operands, baseline }: ComparisonRequest) {
    if (text === undefined || (operands.length < 2 && baseline === null)) {
      return this.chosenColumns(text);
    }
    const { COMPARE_COLUMNS } = await import('../render/compare-columns.js');
    const { parseWords } = await import('../plan/lists.js');
    return parseWords(text, COMPARE_COLUMNS, '--columns');
  }
}

/** Ctrl-C has the last word. */
function interrupted(): boolean {
  return Number(process.exitCode ?? 0) >= 128;
}
