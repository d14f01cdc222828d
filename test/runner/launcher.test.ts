import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_PARAMETERS } from '../../src/plan/parameters.js';
import {
  launcherArguments,
  PEER_ENVIRONMENT_BYTES,
  paddedEnvironment,
  paddingBytes,
} from '../../src/runner/launcher.js';
import { NativeRunner } from '../../src/runner/native.js';
import { makeOptions, makeTrial } from '../support/trial.js';

describe('launcherArguments', () => {
  it('says everything about the trial', () => {
    const trial = makeTrial({ clientCpu: 1, serverCpu: 0, options: { depth: '4' } });
    expect(launcherArguments(trial, makeOptions()).join(' ')).toBe(
      'trial --page-fd 3 --lifeline-fd 0 --probe pipe --pattern echo --size 1 --wait block ' +
        '--client-cpu 1 --server-cpu 0 --duration-ns 20000000 --warmup-ns 2000000 ' +
        '--time-limit-ns 10000000000 --option depth=4',
    );
  });

  it('says which parameters apply, and no others', () => {
    const parameters = {
      ...NO_PARAMETERS,
      replyBytes: 64,
      rate: 500,
      arrivals: 'poisson' as const,
    };
    const words = launcherArguments(makeTrial({ pattern: 'load', parameters }), makeOptions());
    expect(words.join(' ')).toContain(
      '--pattern load --size 1 --wait block --reply-size 64 --rate 500 --arrivals poisson --client-cpu',
    );
    const streaming = { ...NO_PARAMETERS, window: 8 };
    expect(launcherArguments(makeTrial({ parameters: streaming }), makeOptions())).toContain('8');
  });

  it.each([
    ['futex', 0],
    ['seccomp', 1],
  ])('says the hand-off %s by its number, %i, and other options as they are', (handoff, number) => {
    const options = { descriptors: '3', handoff, threads: '16' };
    expect(launcherArguments(makeTrial({ options }), makeOptions()).join(' ')).toMatch(
      new RegExp(`--option descriptors=3 --option handoff=${number} --option threads=16$`),
    );
  });

  it.each([
    [{ buffers: 'early', exhausted: 'wait' }, 'buffers=0 --option exhausted=1'],
    [{ buffers: 'hold', exhausted: 'fail' }, 'buffers=1 --option exhausted=2'],
    [{ asleep: '10ms', exhausted: 'grow' }, 'asleep=10000 --option exhausted=0'],
    [{ asleep: '0s' }, 'asleep=0'],
  ])('says words by their numbers and durations in microseconds: %j', (options, text) => {
    const words = launcherArguments(makeTrial({ options }), makeOptions()).join(' ');
    expect(words).toMatch(new RegExp(`--option ${text}$`));
  });

  it('passes a fault on, which only tests ask for', () => {
    const words = launcherArguments(makeTrial(), makeOptions({ fault: 'flip-byte' }));
    expect(words.slice(-2)).toEqual(['--fault', 'flip-byte']);
    expect(launcherArguments(makeTrial(), makeOptions())).not.toContain('--fault');
  });

  it('asks for counters only when told to', () => {
    const words = launcherArguments(makeTrial(), makeOptions({ counters: true }));
    expect(words.slice(-2)).toEqual(['--counters', '1']);
    expect(launcherArguments(makeTrial(), makeOptions())).not.toContain('--counters');
  });

  it('says what the peers have in their environment', () => {
    const words = launcherArguments(makeTrial(), makeOptions(), ['A=b c', 'D=']);
    expect(words.slice(-4)).toEqual(['--peer-env', 'A=b c', '--peer-env', 'D=']);
  });

  it('says -1 for a free processor', () => {
    expect(launcherArguments(makeTrial(), makeOptions()).join(' ')).toContain(
      '--client-cpu -1 --server-cpu -1',
    );
  });
});

describe('the environment of a trial', () => {
  const env = { PATH: '/bin' };

  it('is longer by the padding, and else as it was', () => {
    const { IPCBENCH_PADDING: padding, ...rest } = paddedEnvironment(env, 100);
    expect(padding).toHaveLength(100);
    expect(rest).toEqual(env);
    expect(paddedEnvironment(env, 0).IPCBENCH_PADDING).toBe('');
  });

  it('is as long for peers that have more in theirs', () => {
    const extra = ['LD_PRELOAD=/lib/libfastsock.so', 'FASTSOCK_TRANSPORT=doors'];
    const taken = extra.reduce((sum, variable) => sum + variable.length + 1 + 8, 0);
    expect(paddingBytes(100, extra) + taken).toBe(paddingBytes(100, []));
    expect(paddingBytes(7, ['x'.repeat(9999)])).toBe(7);
  });

  it('reaches the launcher and what it starts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipcbench-environment-'));
    try {
      const path = join(folder, 'launcher');
      const script = "#!/bin/sh\nsh -c 'printenv IPCBENCH_PADDING | wc -c >&2'; exit 3\n";
      writeFileSync(path, script, { mode: 0o755 });
      const trial = { ...makeTrial(), environmentBytes: 1234 };
      const outcome = await new NativeRunner(path).run(trial, makeOptions());
      const shown = 1234 + PEER_ENVIRONMENT_BYTES + 1;
      expect(outcome).toMatchObject({ reason: expect.stringContaining(`printed: ${shown}`) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Launchers that misbehave, as shell scripts. */
describe('a launcher that', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipcbench-launcher-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function runnerWith(script: string): NativeRunner {
    const path = join(folder, `launcher-${Math.random()}`);
    writeFileSync(path, `#!/bin/sh\n[ "$1" = sweep ] && exit 0\n${script}\n`, { mode: 0o755 });
    return new NativeRunner(path);
  }

  it('fails is reported with what it printed', async () => {
    const outcome = await runnerWith('echo oh dear >&2; exit 3').run(makeTrial(), makeOptions());
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: 'the launcher ended with exit code 3; it printed: oh dear',
    });
  });

  it('is killed is reported with the signal', async () => {
    const outcome = await runnerWith('kill -9 $$').run(makeTrial(), makeOptions());
    expect(outcome).toMatchObject({ reason: 'the launcher was killed by SIGKILL' });
  });

  it('cannot be started is a failed trial, not an exception', async () => {
    const outcome = await new NativeRunner(join(folder, 'missing')).run(makeTrial(), makeOptions());
    expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringContaining('ENOENT') });
  });

  it('ignores the stop flag notices the end of its lifeline', async () => {
    const abort = new AbortController();
    const running = runnerWith('cat >/dev/null').run(
      makeTrial(),
      makeOptions({ signal: abort.signal }),
    );
    setTimeout(() => abort.abort(), 50);
    const started = performance.now();
    expect((await running).status).toBe('stopped');
    expect(performance.now() - started).toBeLessThan(900);
  });

  it('ignores the lifeline too is killed', async () => {
    const abort = new AbortController();
    const running = runnerWith('exec sleep 30').run(
      makeTrial(),
      makeOptions({ signal: abort.signal }),
    );
    setTimeout(() => abort.abort(), 50);
    const started = performance.now();
    expect((await running).status).toBe('stopped');
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('leaves a child behind that holds its stderr does not hold up the run', async () => {
    const started = performance.now();
    const runner = runnerWith('sleep 5 & exit 3');
    expect((await runner.run(makeTrial(), makeOptions())).status).toBe('failed');
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('overstays its time limit is ended', async () => {
    const outcome = await runnerWith('exec sleep 30').run(
      makeTrial(),
      makeOptions({ timeLimitNs: 1e6 }),
    );
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: 'the launcher did not end at its time limit and was ended',
    });
  });
});
