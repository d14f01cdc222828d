import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../src/plan/settings.js';
import pipe from '../../src/probes/pipe.js';
import { FakeRunner } from '../../src/runner/fake.js';
import { prepare } from '../../src/session/prepare.js';
import { FAKE_PROBES } from '../support/plan.js';

describe('prepare', () => {
  const request = (pattern: string) => ({
    selection: { probes: [pipe], named: new Set(['pipe']) },
    settings: resolveSettings({ seed: '1', size: '1', pattern }, () => 0),
    runner: new FakeRunner(
      FAKE_PROBES.map((probe) => ({ ...probe, patterns: ['echo', 'stream'] })),
    ),
  });

  it('plans for what the runner has, and runs nothing', async () => {
    const { runner, ...rest } = request('echo');
    const { plan, compiler } = await prepare({ ...rest, runner });
    expect(compiler).toBe('fake 1.0');
    expect(plan.cells.map((cell) => cell.probe)).toEqual(['pipe', 'null']);
    expect(runner.seen).toEqual([]);
  });

  it('knows which probes were named themselves', async () => {
    await expect(prepare(request('connect'))).rejects.toThrow(/connect does not apply to pipe/);
  });
});
