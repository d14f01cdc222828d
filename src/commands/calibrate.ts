import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { UserError } from '../errors.js';
import type { Calibrator } from '../host/calibration.js';
import type { ScriptOverhead } from '../host/script-overhead.js';
import type { CalibrationRecord } from '../store/schema.js';

const SECONDS = 2;
const SECONDS_LEAST = 0.2;
const SECONDS_MOST = 60;
/** Of the time for what JavaScript costs. */
const SCRIPT_SHARE = 0.25;

/** What `--json` prints. */
type Calibrated = CalibrationRecord & { readonly script: ScriptOverhead };

export default class Calibrate extends BaseCommand {
  static override description = `Measure what this machine's primitives cost.

The clock, a system call, a cache line's way to another processor and back, a hand-off by a futex, \
and a copy of each size, its source warm in the cache or just written by the other processor: what \
every mechanism is made of, and what the share of bcopy in the tables of run rests on (each run \
measures it anew, see docs/measuring.md). Beside it what calls from JavaScript cost, which is why \
none are in the timed path.`;

  static override examples = [
    { description: 'The table and the two curves', command: '<%= config.bin %> calibrate' },
    { description: 'More rounds', command: '<%= config.bin %> calibrate --seconds 10' },
    { description: 'For a script', command: '<%= config.bin %> calibrate --json' },
  ];

  static override flags = {
    seconds: Flags.string({
      description: `how long to measure, about [default: ${SECONDS}]`,
      helpValue: 'S',
    }),
  };

  async run(): Promise<Calibrated> {
    const { flags } = await this.parse(Calibrate);
    const seconds = flags.seconds === undefined ? SECONDS : parseSeconds(flags.seconds);
    const { listenForInterrupts } = await import('../session/interrupts.js');
    const interrupts = listenForInterrupts();
    try {
      const calibrate = await this.createCalibrator();
      const native = { seconds: seconds * (1 - SCRIPT_SHARE), signal: interrupts.signal };
      const calibration = await calibrate(native);
      const script = await this.measureScript(seconds * SCRIPT_SHARE);
      if (!this.jsonEnabled()) {
        const { renderCalibration } = await import('../render/calibration.js');
        this.log(renderCalibration(calibration, script, this.tableOptions()).trimEnd());
      }
      return { ...calibration, script };
    } finally {
      interrupts.release();
      const code = interrupts.exitCode();
      if (code !== null) this.exit(code);
    }
  }

  /** The native part; tests put a fake in its place. */
  protected async createCalibrator(): Promise<Calibrator> {
    const { NativeRunner } = await import('../runner/native.js');
    const runner = await NativeRunner.create();
    return (request) => runner.calibrate(request);
  }

  protected async measureScript(seconds: number): Promise<ScriptOverhead> {
    const { measureScriptOverhead } = await import('../host/script-overhead.js');
    return measureScriptOverhead(seconds);
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds >= SECONDS_LEAST && seconds <= SECONDS_MOST) {
    return seconds;
  }
  throw new UserError(
    `--seconds "${text}" is not a number from ${SECONDS_LEAST} to ${SECONDS_MOST}.`,
    ['Write it as in --seconds 5.'],
  );
}
