import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import { cellFlag, loadResults, resultsArg } from '../result-input.js';

export default class Report extends BaseCommand {
  static override enableJsonFlag = false;

  static override description = `Make a page of saved results that a browser shows.

One HTML file that needs no network: a summary in sentences, the machine and its warnings, tables that \
sort and filter, charts, every mechanism against the fastest of its place, the method with every option and \
seed, and the results themselves for download.`;

  static override examples = [
    {
      description: 'The latest run',
      command: '<%= config.bin %> report @latest -o report.html',
    },
    {
      description: 'Two machines on one page',
      command: '<%= config.bin %> report left.json right.json -o hosts.html --title "Two hosts"',
    },
    {
      description: 'To be looked at now, until Ctrl-C, without a file',
      command: '<%= config.bin %> report @latest --serve',
    },
  ];

  static override strict = false;

  static override args = { result: resultsArg };

  static override flags = {
    output: Flags.string({
      char: 'o',
      description: 'file to write, whole or not at all',
      helpValue: 'FILE',
    }),
    title: Flags.string({ description: 'heading of the page', defaultHelp: 'the run ids' }),
    cell: cellFlag(),
    profile: Flags.string({
      description: 'show the anatomy of round trips, as `profile --output` saved it',
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    serve: Flags.boolean({ description: 'show the page on 127.0.0.1 until Ctrl-C' }),
    port: Flags.integer({
      description: 'port to serve on; any that is free unless given',
      min: 0,
      max: 65_535,
      dependsOn: ['serve'],
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Report);
    if (flags.output === undefined && !flags.serve) {
      throw new UserError('Where should the report go?', [
        'Into a file: -o report.html',
        'To a browser on this machine: --serve',
      ]);
    }
    const loaded = await loadResults(argv as string[], this.config.root);
    const { withCells } = await import('../render/histogram-cells.js');
    const { reportOfResults } = await import('../session/report.js');
    const documents = loaded.map((document) => withCells(document, flags.cell));
    const { readProfile } = await import('../store/profile-file.js');
    const profiles = await Promise.all((flags.profile ?? []).map(readProfile));
    const { title } = flags;
    const { version } = this.config;
    const page = await reportOfResults(documents, { title, version, profiles });
    if (flags.output !== undefined) {
      const { writeWhole } = await import('../store/store.js');
      await writeWhole(flags.output, page);
    }
    if (flags.serve) await this.#serve(page, flags.port ?? 0);
  }

  async #serve(page: string, port: number): Promise<void> {
    const { servePage } = await import('../session/serve.js');
    const { listenForInterrupts } = await import('../session/interrupts.js');
    const interrupts = listenForInterrupts();
    try {
      const served = await servePage(page, port);
      this.log(`${served.url}  (Ctrl-C ends it)`);
      await new Promise<void>((resolve) => {
        if (interrupts.signal.aborted) resolve();
        interrupts.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      served.close();
      process.exitCode = interrupts.exitCode() ?? 0;
    } finally {
      interrupts.release();
    }
  }
}
