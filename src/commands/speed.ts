import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import type { SpeedDiagnosis } from '../host/speed-doctor.js';
import { TRANSPORTS, type Transport } from '../plan/transports.js';
import type { SpeedEnd } from '../session/speed.js';

const EXIT_CANNOT = 1;

export default class Speed extends BaseCommand {
  static override description = `Run a program with Fast Sockets: its local TCP connections move \
through shared memory.

The program is started as it is, with libfastsock.so preloaded into it and into what it starts. \
Connections between two such programs on this machine are carried by the library, all others by the \
kernel as ever. Standard input, output and error are the program's own, signals are passed on, and \
stdout has nothing but what the program writes: --stats writes to stderr.

--doctor says of a program, without running it, whether it can be accelerated and why not.

Exit codes: the program's own, 128 + n when signal n ended it, 127 when there is no such program, 126 \
when it could not be started, 2 bad input. With --doctor: 0 it can be accelerated (perhaps in part), 1 \
it can't, 127 no such program.`;

  static override examples = [
    {
      description: 'A server and its clients; both sides need it',
      command:
        '<%= config.bin %> speed -- redis-server --save "" &\n<%= config.bin %> speed -- redis-benchmark -t get',
    },
    {
      description: 'What was carried, what not and why, on stderr at the end',
      command: '<%= config.bin %> speed --stats -- curl -so page http://localhost:8080/',
    },
    {
      description: 'By door calls; the same as JSON into a file',
      command:
        '<%= config.bin %> speed --transport doors --stats-file stats.json -- iperf3 -c localhost',
    },
    {
      description: 'Can it be accelerated?',
      command: '<%= config.bin %> speed --doctor -- nginx',
    },
  ];

  static override strict = false;

  static override args = {
    command: Args.string({
      description: 'the program and its arguments, behind --',
      // It would be read from there: standard input is the program's.
      ignoreStdin: true,
    }),
  };

  static override flags = {
    transport: Flags.string({
      char: 't',
      description: 'what carries the bytes; on both sides the client’s counts [default: mmap-sem]',
      options: [...TRANSPORTS],
    }),
    stats: Flags.boolean({
      description:
        'at the end: what was carried, left to the kernel and why (stderr; --json: as JSON)',
      exclusive: ['doctor'],
    }),
    'stats-file': Flags.string({
      description: 'write the same as JSON to this file instead',
      helpValue: 'FILE',
      exclusive: ['doctor'],
    }),
    doctor: Flags.boolean({ description: 'say whether the program can be accelerated' }),
  };

  async run(): Promise<SpeedDiagnosis | undefined> {
    // Only what stands before -- is this command's; behind it anything may stand, also another --.
    const words = [...this.argv];
    const end = words.includes('--') ? words.indexOf('--') : words.length;
    const { argv, flags } = await this.parse(Speed, words.slice(0, end));
    const [program, ...rest] = [...(argv as string[]), ...words.slice(end + 1)];
    if (program === undefined) {
      throw new UserError('No program was named.', [
        `Name one behind --: ${this.config.bin} speed -- curl http://localhost:8080/`,
      ]);
    }
    const { libraryPath, requireLibrary } = await import('../runner/fast-sockets-library.js');
    const { ensureNative } = await import('../runner/native-build.js');
    await ensureNative();
    const library = libraryPath(process.env);
    if (flags.doctor) return this.#doctor(program, library);
    requireLibrary(library);
    const { runAccelerated } = await import('../session/speed.js');
    const file = flags['stats-file'];
    const ended = await runAccelerated({
      ...{ command: [program, ...rest], library, env: process.env },
      transport: (flags.transport as Transport | undefined) ?? null,
      stats: flags.stats || file !== undefined,
    });
    this.#conclude(ended);
    if (ended.processes === null || ended.problem !== null) return undefined;
    const { reportStats } = await import('../session/speed-report.js');
    await reportStats(ended.processes, { file, json: this.jsonEnabled(), stderr: process.stderr });
    // What is returned would go to stdout under --json.
    return undefined;
  }

  async #doctor(program: string, library: string): Promise<SpeedDiagnosis | undefined> {
    const { diagnoseProgram } = await import('../host/speed-doctor.js');
    const { notFound } = await import('../session/speed.js');
    const diagnosis = await diagnoseProgram(program, library, process.env);
    if (diagnosis === null) return this.#conclude(notFound(program));
    if (diagnosis.answer === 'no') process.exitCode = EXIT_CANNOT;
    if (!this.jsonEnabled()) {
      const { renderSpeedDoctor } = await import('../render/speed-doctor.js');
      this.log(renderSpeedDoctor(diagnosis, this.tableOptions()).trimEnd());
    }
    return diagnosis;
  }

  #conclude({ exitCode, problem }: Pick<SpeedEnd, 'exitCode' | 'problem'>): undefined {
    process.exitCode = exitCode;
    if (problem !== null) process.stderr.write(`${this.config.bin}: ${problem}\n`);
  }
}
