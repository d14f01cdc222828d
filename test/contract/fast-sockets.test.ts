/**
 * Probes that preload Fast Sockets, carried out by the native pair with a library in its place that
 * carries nothing and says whatever it is told to: figures stand only with the library's word.
 */
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { NativeRunner } from '../../src/runner/native.js';
import { nativeFiles } from '../../src/runner/native-files.js';
import { compileTalker, Workshop } from '../support/preload.js';
import { makeOptions, makeTrial } from '../support/trial.js';

const workshop = new Workshop();
afterAll(() => workshop.remove());
afterEach(() => vi.unstubAllEnvs());

const library = compileTalker(workshop);
const runner = new NativeRunner(nativeFiles(process.env).executable, library);
const trial = makeTrial({ probe: 'fast-sockets', sizeBytes: 64, options: { transport: 'doors' } });
const run = () => runner.run(trial, makeOptions());

describe('a probe that preloads Fast Sockets', () => {
  it('is the peers of tcp with the library, whose word is kept', async () => {
    const outcome = await run();
    expect(outcome).toMatchObject({
      status: 'ok',
      fastSockets: { client: { accelerated: 1e6, wakeupsSent: 5 }, server: { kernelSentBytes: 3 } },
    });
  });

  it.each([
    ['FAKE_ACCELERATED', '0', /0 accelerated connections: passed through: remote \(2\)/],
    ['FAKE_RETREATED', '{"splice":1}', /went back: splice \(1\)/],
    ['FAKE_RING_BYTES', '12', /through rings only 12 and 12/],
  ])('fails when the library says that it did not: %s=%s', async (name, value, reason) => {
    vi.stubEnv(name, value);
    expect(await run()).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
  });

  it('fails when the library says nothing', async () => {
    const silent = workshop.compile('libsilent.so', 'int silent;', '-shared', '-fPIC');
    const outcome = await new NativeRunner(nativeFiles(process.env).executable, silent).run(
      trial,
      makeOptions(),
    );
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('0 of the 2 peers'),
    });
  });
});

describe('describe', () => {
  const fastOf = async (path: string) => {
    const { probes } = await new NativeRunner(nativeFiles(process.env).executable, path).describe();
    return probes.find(({ name }) => name === 'fast-mmap-sem');
  };

  it('has them as tcp is', async () => {
    const { probes } = await runner.describe();
    const tcp = probes.find(({ name }) => name === 'tcp');
    expect(await fastOf(library)).toEqual({ ...tcp, name: 'fast-mmap-sem' });
  });

  it('says how to get a library that is not there', async () => {
    expect(await fastOf('/no/such/lib.so')).toMatchObject({
      available: false,
      reason: expect.stringContaining('not built'),
      remedy: 'npm run build:native',
    });
  });

  it('says why a library can’t be loaded', async () => {
    const broken = workshop.write('broken.so', 'nonsense');
    const reason = expect.stringMatching(/can't be loaded: .*broken\.so/);
    expect(await fastOf(broken)).toMatchObject({ available: false, reason });
  });
});
