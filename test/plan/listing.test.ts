import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { listProbes } from '../../src/plan/listing.js';
import pipe from '../../src/probes/pipe.js';
import { FakeRunner, fakeProbe } from '../../src/runner/fake.js';

class UnbuiltRunner extends FakeRunner {
  override async describe(): Promise<never> {
    throw new UserError('not built', ['build it']);
  }
}

describe('listProbes', () => {
  it('joins facts and state', async () => {
    const runner = new FakeRunner([fakeProbe('pipe', { sizeMax: 4096, options: ['chunk'] })]);
    expect(await listProbes([pipe], runner)).toEqual([
      expect.objectContaining({
        name: 'pipe',
        copies: { user: 0, kernel: 2 },
        available: true,
        size_max_bytes: 4096,
        patterns: expect.arrayContaining(['echo', 'stream']),
        options: ['chunk'],
        diagram: expect.stringMatching(/./),
      }),
    ]);
  });

  it('still has the facts when the native part is not built', async () => {
    const [probe] = await listProbes([pipe], new UnbuiltRunner([]));
    expect(probe).toMatchObject({ available: false, reason: 'not built', remedy: 'build it' });
    expect(probe?.size_max_bytes).toBeNull();
  });

  it('says which probe was not compiled', async () => {
    const [probe] = await listProbes([pipe], new FakeRunner([]));
    expect(probe).toMatchObject({ available: false, waits: null, options: null });
  });
});
