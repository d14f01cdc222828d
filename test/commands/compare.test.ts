import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '@oclif/test';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import Compare from '../../src/commands/compare.js';
import Run from '../../src/commands/run.js';
import type { Trial } from '../../src/plan/types.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';
import type { TrialOutcome } from '../../src/runner/types.js';
import type { Gate } from '../../src/session/compare-gate.js';
import type { Comparison } from '../../src/session/compare-types.js';
import type { Measured } from '../../src/session/measure.js';
import type { ResultDocument } from '../../src/store/schema.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs of the fake machine, counted: a rerun may come out otherwise. */
let runs = 0;
let medianOf: (trial: Trial, run: number) => number | TrialOutcome;

class FakeCompare extends Compare {
  static override id = 'compare';

  protected override async createRunner() {
    runs += 1;
    const run = runs;
    const probes = ['null', 'pipe', 'tcp', 'futex'].map((name) => fakeProbe(name));
    return new FakeRunner(probes, (trial) => medianOf(trial, run));
  }
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-compare-'));
  vi.stubEnv('IPCBENCH_RESULTS', folder);
  vi.stubEnv('NO_COLOR', '1');
  runs = 0;
  medianOf = usual;
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = undefined;
});

/** Spread of half a percent; tcp takes three times the time. */
function usual({ cell, repetition }: Trial): number {
  return (cell.probe === 'tcp' ? 3000 : 1000) * (1 + 0.001 * repetition);
}

async function compare(...argv: string[]) {
  process.exitCode = undefined;
  const given = (...flags: string[]) => argv.some((arg) => flags.includes(arg));
  const isSaved = (arg: string) => arg.endsWith('.json') || arg.startsWith('@');
  const sides = argv.slice(0, argv.findIndex((arg) => arg.startsWith('--')) >>> 0);
  // As many trials as the defaults say would take their time for nothing: each is put on disk.
  const few = sides.every(isSaved) || given('--trials', '--quick', '--precision');
  const all = [
    ...argv,
    ...(given('--size') || argv.some(isSaved) ? [] : ['--size', '1']),
    ...(few ? [] : ['--trials', '15']),
  ];
  const captured = await captureOutput(() => FakeCompare.run(all, { root }), { print: false });
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { ...captured, code: captured.error?.oclif?.exit ?? code };
}

async function compareJson(...argv: string[]) {
  const { stdout, code } = await compare(...argv, '--json');
  return {
    code,
    ...(JSON.parse(stdout) as ResultDocument & { comparison: Comparison; gate: Gate }),
  };
}

describe('compare', () => {
  test('says which one is faster, and what each pair comes to', async () => {
    const { stdout, code } = await compare('pipe', 'tcp');
    expect(code).toBe(0);
    expect(stdout).toMatch(/pipe is 3\.0\d*x \[.*\] faster/);
    expect(stdout).toContain('noise threshold of 2 %');
    const { comparison } = await compareJson('tcp', 'pipe');
    expect(comparison.pairs[0]).toMatchObject({ verdict: 'slower', effect: -1 });
    expect(comparison.pairs[0]).toHaveProperty('p_adjusted');
  });

  test('a probe with itself is not separated', async () => {
    const { stdout } = await compare('pipe', 'pipe');
    expect(stdout).toContain('pipe (1)');
    expect(stdout).toContain('not separated');
  });

  test('sides with settings of their own', async () => {
    medianOf = ({ cell, repetition }) => (cell.wait === 'spin' ? 100 : 900) + repetition;
    const { stdout } = await compare('futex:wait=block', 'futex:wait=spin');
    expect(stdout).toContain('block, spin');
    expect(stdout).toMatch(/futex:wait=spin is \d/);
  });

  test('more than two are ranked', async () => {
    const { comparison } = await compareJson('tcp', 'pipe', 'futex');
    const [ranking] = comparison.rankings;
    expect(ranking?.cells.map(({ side, group }) => `${side} ${group}`)).toEqual([
      'pipe a',
      'futex a',
      'tcp b',
    ]);
    expect(comparison.pairs).toHaveLength(3);
  });

  test('a noise threshold of one’s own', async () => {
    medianOf = ({ cell, repetition }) => (cell.probe === 'tcp' ? 1010 : 1000) + repetition / 100;
    const verdict = async (...argv: string[]) =>
      (await compareJson('pipe', 'tcp', ...argv)).comparison.pairs[0]?.verdict;
    expect(await verdict()).toBe('not separated');
    expect(await verdict('--noise', '0.5%')).toBe('faster');
  });

  test('saved results, cell by cell', async () => {
    await compare('pipe', 'tcp');
    medianOf = (trial) => 1.2 * usual(trial);
    await compare('pipe', 'tcp');
    const runsBefore = runs;
    const { code, comparison, results } = await compareJson('@-2', '@latest');
    expect([code, runs]).toEqual([0, runsBefore]);
    expect(results).toBeUndefined();
    expect(comparison.sides).toEqual(['@-2', '@latest']);
    expect(comparison.pairs.map(({ verdict }) => verdict)).toEqual(['faster', 'faster']);
    expect(comparison.notes.join()).toContain('not measured interleaved');
  });

  test('probes are compared within the blocks of their run', async () => {
    medianOf = ({ cell, repetition }) =>
      (repetition % 3 === 0 ? 1400 : 1000) * (cell.probe === 'tcp' ? 1.05 : 1) + (repetition % 5);
    const { comparison, run } = await compareJson('pipe', 'tcp');
    expect(run.plan).toMatchObject({ trials: 15, duration_ns: 20e6, warmup_ns: 10e6 });
    expect(comparison.pairs[0]).toMatchObject({ blocks: 15, verdict: 'faster' });
    const saved = await compareJson('@latest', 'pipe', 'tcp', '--size', '1');
    expect(saved.comparison.pairs.map(({ blocks }) => blocks)).toContain(null);
    expect(saved.comparison.pairs.at(-1)).toMatchObject({ blocks: 15, a: { side: 'pipe' } });
    const { stdout } = await compare('pipe', 'tcp', '--quick');
    expect(stdout).toContain('median over 17 blocks');
  });

  test('--dry-run measures nothing', async () => {
    const { stdout } = await compare('pipe', 'tcp:wait=spin', '--dry-run');
    expect(stdout).toMatch(/tcp +echo +1 +free +spin/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a baseline', () => {
  test('is saved, and compared with', async () => {
    const { stderr } = await compare('pipe', '--save-baseline', 'main');
    expect(stderr).toContain('saved baseline main');
    expect(existsSync(join(folder, 'baselines', 'main.json'))).toBe(true);
    const { comparison, run } = await compareJson('pipe', '--baseline', 'main');
    expect(run.plan?.trials).toBe(15);
    expect(comparison.sides).toEqual(['@main', 'pipe']);
    expect(comparison.pairs[0]?.blocks).toBeNull();
    expect(comparison.pairs[0]?.verdict).toBe('not separated');
    const operand = await compareJson('@main', 'pipe', '--size', '1');
    expect(operand.comparison.sides).toEqual(['@main', 'pipe']);
  });

  test('of several probes has each compared with its own', async () => {
    await compare('pipe', 'tcp', '--save-baseline', 'both');
    const { comparison } = await compareJson('tcp', 'pipe', '--baseline', 'both');
    expect(comparison.sides).toEqual(['@both', 'now']);
    expect(comparison.pairs.map(({ a, b }) => `${a.probe} ${b.probe}`)).toEqual([
      'pipe pipe',
      'tcp tcp',
    ]);
  });

  test('is not made of a run with failures', async () => {
    medianOf = ({ cell, repetition }) =>
      cell.probe === 'pipe' && repetition === 1
        ? { status: 'failed', reason: 'no', remedy: null }
        : 1000 + repetition;
    const { stderr, code } = await compare('pipe', '--save-baseline', 'main');
    expect(code).toBe(1);
    expect(stderr).toContain('baseline main not saved');
    expect(existsSync(join(folder, 'baselines', 'main.json'))).toBe(false);
  });
});

describe('--fail-if', () => {
  const RULE = ['--fail-if', 'rtt > 5%'];
  /** pipe takes a tenth longer in these runs. */
  const slowerIn = (...which: number[]) => {
    medianOf = (trial, run) =>
      usual(trial) * (which.includes(run) && trial.cell.probe === 'pipe' ? 1.1 : 1);
  };
  beforeEach(async () => {
    await compare('pipe', '--save-baseline', 'main');
  });

  test('passes without a change', async () => {
    const { code, gate } = await compareJson('pipe', '--baseline', 'main', ...RULE);
    expect([code, gate.passed, runs]).toEqual([0, true, 2]);
  });

  test('fails with 3 when a rerun confirms it', async () => {
    slowerIn(2, 3);
    const { code, gate } = await compareJson('pipe', '--baseline', 'main', ...RULE);
    expect([code, gate.passed, runs]).toEqual([3, false, 3]);
    expect(gate.checks[0]).toMatchObject({ verdict: 'exceeded', confirmed: true });
  });

  test('passes when the rerun doesn’t agree', async () => {
    slowerIn(2);
    const { code, stdout } = await compare('pipe', '--baseline', 'main', ...RULE);
    expect([code, runs]).toEqual([0, 3]);
    expect(stdout).toContain('a rerun doesn’t agree');
  });

  test('measures again only what broke a rule', async () => {
    await compare('pipe', 'tcp', '--save-baseline', 'both');
    const seen: string[] = [];
    medianOf = (trial, run) => {
      if (run === 4) seen.push(trial.cell.probe);
      return usual(trial) * (run >= 3 && trial.cell.probe === 'pipe' ? 1.1 : 1);
    };
    expect((await compare('pipe', 'tcp', '--baseline', 'both', ...RULE)).code).toBe(3);
    expect(new Set(seen)).toEqual(new Set(['null', 'pipe']));
  });

  test('saved results can’t be confirmed, and fail', async () => {
    slowerIn(2);
    await compare('pipe', '--save-baseline', 'next');
    const { code, gate } = await compareJson('@main', '@next', ...RULE);
    expect([code, runs]).toEqual([3, 2]);
    expect(gate.checks[0]).toMatchObject({ confirmed: null, failed: true });
  });

  test.each([
    ['a size that the baseline hasn’t', ['--size', '1,4k']],
    ['a size that isn’t measured', ['--size', '4k']],
    ['one trial', ['--size', '1', '--trials', '1']],
  ])('never passes without data: %s', async (_, argv) => {
    const { code, gate } = await compareJson('pipe', '--baseline', 'main', ...RULE, ...argv);
    expect([code, gate.passed]).toEqual([3, false]);
    expect(gate.checks.some(({ verdict }) => verdict === 'no data')).toBe(true);
  });

  test('a baseline of another schema is bad input', async () => {
    const path = join(folder, 'baselines', 'main.json');
    const document = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...document, schema: 2 }));
    const { code, stderr } = await compare('pipe', '--baseline', 'main', ...RULE);
    expect(code).toBe(2);
    expect(stderr).toContain('schema version 2');
    expect(runs).toBe(1);
  });

  test('an incomplete baseline is no data', async () => {
    const path = join(folder, 'baselines', 'main.json');
    const document = JSON.parse(readFileSync(path, 'utf8'));
    document.run.complete = false;
    writeFileSync(path, JSON.stringify(document));
    const { code, gate } = await compareJson('pipe', '--baseline', 'main', ...RULE);
    expect([code, gate.passed]).toEqual([3, false]);
  });
});

describe('bad input', () => {
  test.each([
    ['one side', ['pipe'], /nothing to compare it with/],
    [
      'one side with a gate',
      ['pipe', '--save-baseline', 'x', '--fail-if', 'rtt > 5%'],
      /nothing to compare/,
    ],
    ['a rule that is none', ['pipe', 'tcp', '--fail-if', 'rtt'], /isn't a rule/],
    ['a noise without its unit', ['pipe', 'tcp', '--noise', '2'], /isn't a percentage/],
    ['no such baseline', ['pipe', '--baseline', 'nope'], /no baseline "nope"/],
    ['a name that can’t be', ['pipe', '--save-baseline', '../x'], /can't be the name/],
    ['flags about measuring', ['@-1', '@latest', '--trials', '3'], /about measuring/],
    ['several to save', ['@-1', '@latest', '--save-baseline', 'x'], /several saved results/],
    ['no such run', ['@latest', '@-2'], /isn't there/],
  ])('%s ends with 2, before anything is measured', async (_, argv, message) => {
    const { code, stderr } = await compare(...argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(runs).toBe(0);
  });
});

describe('columns', () => {
  test('those that were asked for, in their order', async () => {
    const { stdout, code } = await compare('pipe', 'tcp', '--quick', '--columns', 'verdict,cpu');
    expect(code).toBe(0);
    expect(stdout).toMatch(/verdict +CPU\/trip/);
    expect(stdout).not.toContain('median RTT');
  });

  test('of a ranking too', async () => {
    const sides = ['pipe', 'tcp', 'futex'];
    const { stdout } = await compare(...sides, '--quick', '--columns', 'ratio,median');
    expect(stdout).toMatch(/ratio to the +median RTT/);
  });

  test('an unknown one ends with 2 before anything is measured, and lists what there is', async () => {
    const { stderr, code } = await compare('pipe', 'tcp', '--columns', 'median,bcopi');
    expect(code).toBe(2);
    expect(stderr).toContain('--columns has no value "bcopi"');
    expect(stderr).toContain('median, ratio, cpu, p, effect, cpu-ratio, verdict');
    expect(runs).toBe(0);
  });

  test('a side alone has those of run', async () => {
    const alone = ['pipe', '--quick', '--save-baseline', 'main'];
    const { stdout, code } = await compare(...alone, '--columns', 'median,other');
    expect(code).toBe(0);
    expect(stdout).toMatch(/other\n/);
    expect((await compare(...alone, '--columns', 'verdict')).code).toBe(2);
  });
});

/** Goes on with whatever was cut off, on the fake machine. */
class FakeRun extends Run {
  protected override async createRunner() {
    const probes = ['null', 'pipe', 'tcp', 'futex'].map((name) => fakeProbe(name));
    return new FakeRunner(probes, (trial) => medianOf(trial, 1));
  }

  protected override async createCompare(argv: string[], resumed: () => Promise<Measured>) {
    const command = new FakeCompare(argv, this.config);
    command.resumed = resumed;
    return command;
  }
}

describe('run --resume of a comparison that was cut off', () => {
  async function cutOff(...more: string[]) {
    let trials = 0;
    medianOf = (trial) => {
      trials += 1;
      if (trials === 9) process.emit('SIGINT', 'SIGINT');
      return usual(trial);
    };
    const { code } = await compare('pipe', 'tcp', '--quick', '--seed', '1', ...more);
    expect(code).toBe(130);
    // As if its process, which is this one, were gone.
    const name = readdirSync(folder).find((it) => it.endsWith('.journal')) ?? '';
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), text.replaceAll(/"birth":"\d+"/g, '"birth":"1"'));
    medianOf = usual;
  }

  async function resume(...argv: string[]) {
    process.exitCode = undefined;
    const words = ['--resume', '@latest', ...argv];
    return captureOutput(() => FakeRun.run(words, { root }), { print: false });
  }

  test('prints the comparison', async () => {
    await cutOff();
    const { stdout, error } = await resume();
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/pipe is 3\S*x \[.*\] faster/);
    expect(stdout).not.toContain('p99.9');
    const whole = readdirSync(folder).filter((it) => it.endsWith('.json'));
    expect(whole).toHaveLength(1);
  });

  test('keeps its rules, and is one document under --json', async () => {
    await cutOff('--fail-if', 'rtt > 5%');
    const { stdout } = await resume('--json');
    const result = JSON.parse(stdout);
    expect(result.run.complete).toBe(true);
    expect(result.gate.passed).toBe(false);
    expect(result.comparison.pairs).toHaveLength(1);
    expect(process.exitCode).toBe(3);
  });
});
