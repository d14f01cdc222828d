import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import { PLOT_KINDS, type PlotKind } from '../render/plot/kinds.js';
import type { Spec } from '../render/plot/source.js';
import { cellFlag, loadResults, resultsArg } from '../result-input.js';

export default class Plot extends BaseCommand {
  static override enableJsonFlag = false;

  static override description = `Draw saved results as figures for papers.

bars: the median of each cell. sweep: medians by message size. ecdf, violin: distributions. scaling: \
rates by number of clients. anatomy: processor time by peer and mode, or with --profile the parts of \
the elapsed time. heatmap: every pair of \
processors (placement all), or mechanisms by sizes. Confidence intervals are drawn, units stand on the \
axes, and marks and dashes tell curves apart in grey print as well. The name of the file says the \
form: .svg, .png, or .vl.json, a Vega-Lite specification with the data in it, to be edited.`;

  static override examples = [
    {
      description: 'The latest run, mechanism by mechanism',
      command: '<%= config.bin %> plot @latest --kind bars -o medians.svg',
    },
    {
      description: 'By message size, for a slide',
      command: '<%= config.bin %> plot @latest --kind sweep -o sweep.png',
    },
    {
      description: 'Distributions of two mechanisms',
      command: '<%= config.bin %> plot @latest --kind ecdf --cell pipe,tcp -o ecdf.svg',
    },
    {
      description: 'Table 1 measured again, with the published figures',
      command: '<%= config.bin %> plot @latest --kind bars --published -o table1.svg',
    },
    {
      description: 'What a round trip consists of, as profile found it',
      command: '<%= config.bin %> plot --kind anatomy --profile tcp.json -o anatomy.svg',
    },
    {
      description: 'To be edited further, for example in the Vega editor',
      command: '<%= config.bin %> plot left.json right.json --kind violin -o hosts.vl.json',
    },
  ];

  static override strict = false;

  static override args = { result: Args.string({ ...resultsArg, required: false }) };

  static override flags = {
    kind: Flags.string({
      char: 'k',
      description: 'what is drawn',
      options: [...PLOT_KINDS],
      required: true,
    }),
    output: Flags.string({
      char: 'o',
      description: 'file to write, whole or not at all: .svg, .png or .vl.json',
      helpValue: 'FILE',
      required: true,
    }),
    cell: cellFlag(),
    pattern: Flags.string({
      description: 'pattern of the cells',
      defaultHelp: 'the first that has figures',
    }),
    published: Flags.boolean({
      description: 'draw the published figures of Table 1 as well, with their source (bars)',
    }),
    profile: Flags.string({
      description: 'draw what `profile --output` saved: where elapsed time goes (anatomy)',
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['cell', 'pattern', 'published'],
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Plot);
    const { formOf } = await import('../render/plot/plot-file.js');
    const draw = formOf(flags.output);
    const { writeWhole } = await import('../store/store.js');
    const references = argv as string[];
    const spec =
      flags.profile === undefined
        ? await this.#ofResults(references, flags)
        : await ofProfiles(flags.profile, references, flags.kind);
    await writeWhole(flags.output, await draw(spec));
  }

  async #ofResults(references: readonly string[], flags: ResultFlags): Promise<Spec> {
    if (references.length === 0) {
      throw new UserError('Of which results?', [
        'The latest run: @latest',
        'What profile saved: --profile FILE',
      ]);
    }
    const { withCells } = await import('../render/histogram-cells.js');
    const { plotSpec } = await import('../render/plot/plot.js');
    const loaded = await loadResults(references, this.config.root);
    const documents = loaded.map((document) => withCells(document, flags.cell));
    if (flags.published) {
      const { readPublishedTable1 } = await import('../store/published.js');
      const { publishedDocument } = await import('../session/published-document.js');
      documents.push(publishedDocument(await readPublishedTable1(this.config.root)));
    }
    return plotSpec(documents, flags.kind as PlotKind, flags.pattern, {
      withReference: flags.cell !== undefined,
    });
  }
}

interface ResultFlags {
  readonly kind: string;
  readonly cell?: string | undefined;
  readonly pattern?: string | undefined;
  readonly published: boolean;
}

async function ofProfiles(
  files: readonly string[],
  references: readonly string[],
  kind: string,
): Promise<Spec> {
  if (kind !== 'anatomy' || references.length > 0) {
    throw new UserError('A profile is drawn as an anatomy, without results beside it.', [
      'For example: plot --kind anatomy --profile tcp.json -o tcp.svg',
    ]);
  }
  const { readProfile } = await import('../store/profile-file.js');
  const { profilePlot } = await import('../render/plot/profile-plot.js');
  return profilePlot(await Promise.all(files.map(readProfile)));
}
