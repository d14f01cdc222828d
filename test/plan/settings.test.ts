import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { resolveSettings, type SettingsInput } from '../../src/plan/settings.js';

const resolve = (input: SettingsInput) => resolveSettings(input, () => 42);

describe('resolveSettings', () => {
  it('has defaults', () => {
    expect(resolve({})).toEqual({
      sizes: [1, 4096, 65536],
      placements: ['free'],
      waits: ['block'],
      trials: 5,
      durationNs: 500e6,
      warmupNs: 100e6,
      seed: 42,
    });
  });

  it('is shorter under quick, and what was typed wins', () => {
    const quick = { sizes: [1, 4096], trials: 3, durationNs: 100e6, warmupNs: 30e6 };
    expect(resolve({ quick: true })).toMatchObject(quick);
    expect(resolve({ quick: true, trials: '9', size: '64' })).toMatchObject({
      ...quick,
      sizes: [64],
      trials: 9,
    });
  });

  it('takes lists, each value once', () => {
    expect(resolve({ placement: 'two-cores,free,two-cores', wait: 'spin, block' })).toMatchObject({
      placements: ['two-cores', 'free'],
      waits: ['spin', 'block'],
    });
  });

  it('takes a seed up to the largest exact integer', () => {
    expect(resolve({ seed: '9007199254740991' }).seed).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each<SettingsInput>([
    { trials: '-3' },
    { trials: '0' },
    { trials: '1.5' },
    { trials: '99999999' },
    { trials: '' },
    { duration: '0s' },
    { duration: '2h' },
    { warmup: '-1ms' },
    { seed: 'x' },
    { seed: '-1' },
    { seed: '9007199254740992' },
    { placement: 'moon' },
    { placement: '' },
    { wait: 'sleep' },
    { size: '0' },
  ])('refuses %j', (input) => {
    expect(() => resolve(input)).toThrow(UserError);
  });
});
