import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { COMPARE_DEFAULTS } from '../../src/plan/defaults.js';
import { resolveSettings } from '../../src/plan/settings.js';
import pipe from '../../src/probes/pipe.js';
import tcp from '../../src/probes/tcp.js';
import { FakeRunner, type FakeScript } from '../../src/runner/fake.js';
import { measure } from '../../src/session/measure.js';
import {
  differingFacts,
  differingOptions,
  type ResumeRequest,
  resumeRun,
} from '../../src/session/resume.js';
import type { ResultDocument } from '../../src/store/schema.js';
import { FAKE_PROBES } from '../support/plan.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-resume-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What each trial measures follows from which one it is, as far as a fake goes. */
const figures: FakeScript = ({ cell, repetition }) =>
  1000 + cell.sizeBytes + 13 * cell.index + ((repetition * 7) % 5);

const INPUT = { seed: '1', trials: '3', size: '1,4k' };

function run(script: FakeScript, output?: string, settings = resolveSettings(INPUT, () => 0)) {
  return measure({
    selection: { probes: [pipe, tcp], named: new Set() },
    settings,
    command: 'ipcbench run pipe tcp',
    version: '0.1.0',
    output,
    resultsDirectory: folder,
    runner: new FakeRunner(FAKE_PROBES, script),
    stderr: { write: () => true },
  });
}

/** Carries out so many trials and interrupts the next one. */
const interrupted = (trials: number, output?: string) =>
  run((trial, index) => {
    if (index === trials) process.emit('SIGINT', 'SIGINT');
    return figures(trial, index);
  }, output);

/** The journal as if its process had been killed: nobody holds it. */
function orphan(): string {
  const name = readdirSync(folder).find((it) => it.endsWith('.journal')) ?? '';
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8').replaceAll(/"birth":"\d+"/g, '"birth":"1"');
  writeFileSync(path, text);
  return path;
}

async function resume(changes: Partial<ResumeRequest> = {}) {
  const runner = new FakeRunner(FAKE_PROBES, figures);
  let stderr = '';
  const measured = await resumeRun({
    ref: '@latest',
    typed: {},
    force: false,
    version: '0.1.0',
    resultsDirectory: folder,
    runner,
    stderr: { write: (text) => (stderr += text) },
    ...changes,
  });
  return { ...measured, runner, stderr };
}

/** A document without what depends on the moment. */
function lasting(document: ResultDocument): unknown {
  const { id, started, ended, resumed, host, ...run } = document.run;
  return { ...document, run };
}

describe('a run that was cut off and resumed', () => {
  it('ends in the same document as one that was not, wherever it was cut', async () => {
    const whole = await run(figures);
    rmSync(whole.path ?? '');
    for (const cut of [0, 1, 4, 5, 9, 14]) {
      const first = await interrupted(cut);
      if (cut === 0) {
        expect(first.journal).toBeNull();
        continue;
      }
      expect(first).toMatchObject({ exitCode: 130, journal: expect.stringMatching(/\.journal$/) });
      orphan();
      const again = await resume();
      expect(again.runner.seen).toHaveLength(15 - cut);
      expect(again.exitCode).toBe(0);
      expect(lasting(again.document)).toEqual(lasting(whole.document));
      expect(again.document.run).toMatchObject({
        id: first.document.run.id,
        complete: true,
        resumed: [{ trials: cut, host_differs: [] }],
      });
      expect(readdirSync(folder)).toEqual([`${first.document.run.id}.json`]);
      rmSync(again.path ?? '');
    }
  });

  it('has the settings of the command that began it', async () => {
    const settings = resolveSettings({ seed: '1', quick: true }, () => 0, {}, COMPARE_DEFAULTS);
    await run(
      (trial, index) => {
        if (index === 7) process.emit('SIGINT', 'SIGINT');
        return figures(trial, index);
      },
      undefined,
      settings,
    );
    orphan();
    const { document } = await resume({ typed: { trials: '17', duration: '10ms' } });
    expect(document.run.complete).toBe(true);
    expect(document.run.plan).toMatchObject({ trials: 17, duration_ns: 10e6, warmup_ns: 8e6 });
    expect(document.results.map(({ trials }) => trials)).toEqual([17, 17, 17, 17]);
  });

  it('drops a torn line and says so', async () => {
    await interrupted(4);
    appendFileSync(orphan(), '{"cell":1,');
    const { runner, stderr, document } = await resume();
    expect(stderr).toContain('torn');
    expect(runner.seen).toHaveLength(11);
    expect(document.run.complete).toBe(true);
  });

  it('can be cut off again', async () => {
    await interrupted(4);
    orphan();
    const cutting = new FakeRunner(FAKE_PROBES, (trial, index) => {
      if (index === 3) process.emit('SIGTERM', 'SIGTERM');
      return figures(trial, index);
    });
    expect(await resume({ runner: cutting })).toMatchObject({ exitCode: 143 });
    orphan();
    const { runner, document } = await resume();
    expect(runner.seen).toHaveLength(15 - 4 - 3);
    expect(document.run.resumed?.map(({ trials }) => trials)).toEqual([4, 7]);
  });

  it('ends in the file that was asked for', async () => {
    const output = join(folder, 'mine.json');
    const { journal } = await interrupted(4, output);
    orphan();
    const { path } = await resume({ ref: journal ?? '' });
    expect(path).toBe(output);
    expect(readdirSync(folder)).toEqual(['mine.json']);
    expect(JSON.parse(readFileSync(output, 'utf8')).run.complete).toBe(true);
  });
});

describe('a run is not resumed', () => {
  const refused = async (changes: Partial<ResumeRequest>) => {
    await interrupted(4);
    orphan();
    const error = await resume(changes).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };

  it('by another version', async () => {
    expect((await refused({ version: '0.2.0' })).message).toMatch(
      /begun by ipcbench 0\.1\.0; .* 0\.2\.0/,
    );
  });

  it('with other options', async () => {
    const error = await refused({ typed: { size: '1', trials: '3', wait: 'spin' } });
    expect(error.message).toMatch(/--size was 1,4k and is 1; --wait was not given and is spin\.$/);
  });

  it('on another host, unless it is forced, and then says so', async () => {
    await interrupted(4);
    const path = orphan();
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"kernel":"[^"]*"/, '"kernel":"0.0.1"'));
    await expect(resume()).rejects.toMatchObject({
      nextSteps: [expect.stringMatching(/^kernel was "0\.0\.1" and is /), expect.anything()],
    });
    const { document, stderr } = await resume({ force: true });
    expect(stderr).toContain('the host has changed: kernel was');
    expect(document.run.resumed?.[0]?.host_differs).toHaveLength(1);
  });

  it('while it is still going on', async () => {
    await interrupted(4);
    await expect(resume()).rejects.toThrow(`still going on, in process ${process.pid}`);
  });

  it('when it has ended', async () => {
    await run(figures);
    await expect(resume()).rejects.toThrow(/no journal/);
  });
});

describe('differingOptions', () => {
  const options = { size: '1,4k', trials: '3' };

  it('compares what options mean, not how they are written', () => {
    expect(differingOptions({ size: '1,4096', seed: '7' }, options, 7)).toEqual([]);
    expect(differingOptions({ seed: '8' }, options, 7)).toEqual(['--seed was 7 and is 8']);
  });
});

describe('differingFacts', () => {
  const host = { hostname: 'a', cpus_allowed: [0, 1] } as never;

  it('leaves aside what varies from minute to minute', () => {
    const then = { hostname: 'a', cpus_allowed: [0, 1], loadavg: [9, 9, 9] };
    expect(differingFacts(then, host)).toEqual([]);
    expect(differingFacts({ ...then, cpus_allowed: [0] }, host)).toEqual([
      'cpus_allowed was [0] and is [0,1]',
    ]);
  });
});
