import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { COMPARE_DEFAULTS } from '../../src/plan/defaults.js';
import { resolveSettings, type SettingsInput } from '../../src/plan/settings.js';

const resolve = (input: SettingsInput) => resolveSettings(input, () => 42);

describe('resolveSettings', () => {
  it('has defaults', () => {
    expect(resolve({})).toEqual({
      patterns: ['echo'],
      sizes: [1, 4096, 65536],
      parameters: {
        replyBytes: [null],
        serviceNs: [null],
        rate: [1000],
        arrivals: ['even'],
        window: [null],
        backlog: [null],
      },
      placements: ['free'],
      placementRequired: false,
      waits: ['block'],
      options: {},
      trials: 5,
      maxTrials: 5,
      precision: null,
      precisionOf: 'median',
      maxTimeNs: null,
      durationNs: 500e6,
      warmupNs: 100e6,
      seed: 42,
      counters: false,
      text: { size: '1,4k,64k', trials: '5', duration: '500ms', warmup: '100ms' },
    });
  });

  it('has the defaults of its command', () => {
    const compare = (input: SettingsInput, planned: SettingsInput = {}) =>
      resolveSettings(input, () => 42, planned, COMPARE_DEFAULTS);
    const usual = { sizes: [1, 4096, 65536], trials: 101, durationNs: 20e6, warmupNs: 10e6 };
    const quick = { sizes: [1, 4096], trials: 17, durationNs: 10e6, warmupNs: 8e6 };
    expect(compare({})).toMatchObject(usual);
    expect(compare({}).text).toEqual(COMPARE_DEFAULTS.usual);
    expect(compare({ quick: true })).toMatchObject({ ...quick, precision: null });
    expect(compare({}, { quick: true })).toMatchObject(quick);
    expect(compare({ quick: true, trials: '9' })).toMatchObject({ ...quick, trials: 9 });
    expect(compare({ duration: '1s' }, { trials: '7' })).toMatchObject({
      ...usual,
      trials: 7,
      durationNs: 1e9,
    });
    expect(compare({ precision: '1%' })).toMatchObject({
      ...{ trials: 6, maxTrials: 500, precisionOf: 'ratio' },
    });
    expect(compare({ precision: '1%', 'max-trials': '40' })).toMatchObject({ maxTrials: 40 });
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

  describe('with a target precision', () => {
    it('has a cap', () => {
      const adaptive = { precision: 0.01, trials: 5, maxTrials: 50 };
      expect(resolve({ precision: '1%' })).toMatchObject(adaptive);
      expect(resolve({ precision: '0.5 %', trials: '8', 'max-trials': '9' })).toMatchObject({
        precision: 0.005,
        trials: 8,
        maxTrials: 9,
      });
      expect(resolve({ precision: '1%', trials: '70' })).toMatchObject({
        trials: 70,
        maxTrials: 70,
      });
    });

    it('starts from five trials unless fewer were asked for', () => {
      expect(resolve({ precision: '1%', quick: true })).toMatchObject({ trials: 5 });
      expect(resolve({ precision: '1%', trials: '2' })).toMatchObject({ trials: 2 });
      expect(resolve({ precision: '1%', 'max-trials': '3' })).toMatchObject({
        trials: 3,
        maxTrials: 3,
      });
    });

    it('is none where it was typed or planned away', () => {
      const paper: SettingsInput = { precision: '1%', trials: '10', 'max-trials': '50' };
      const fixed = { precision: null, maxTrials: 10 };
      expect(resolveSettings({ precision: 'none' }, () => 1, paper)).toMatchObject(fixed);
      expect(resolveSettings({ quick: true }, () => 1, paper)).toMatchObject({
        precision: null,
        trials: 3,
        maxTrials: 3,
      });
    });

    it('lets what was typed win over the plan on either side', () => {
      const paper: SettingsInput = { precision: '1%', trials: '10', 'max-trials': '50' };
      const typed = (input: SettingsInput) => resolveSettings(input, () => 1, paper);
      expect(typed({ 'max-trials': '6' })).toMatchObject({ trials: 6, maxTrials: 6 });
      expect(typed({ trials: '60' })).toMatchObject({ trials: 60, maxTrials: 60 });
    });

    it('refuses a cap below the least, and one without a target', () => {
      expect(() => resolve({ precision: '1%', trials: '9', 'max-trials': '8' })).toThrow(
        '--max-trials 8 is less than --trials 9.',
      );
      expect(() => resolve({ 'max-trials': '8' })).toThrow(/means nothing without a target/);
    });
  });

  it('reads a time limit in minutes and hours', () => {
    expect(resolve({ 'max-time': '10min' }).maxTimeNs).toBe(600e9);
    expect(resolve({ 'max-time': '2h' }).maxTimeNs).toBe(7200e9);
  });

  it('takes lists, each value once', () => {
    expect(resolve({ placement: 'two-cores,free,two-cores', wait: 'spin, block' })).toMatchObject({
      placements: ['two-cores', 'free'],
      waits: ['spin', 'block'],
    });
  });

  it('reads patterns and their parameters', () => {
    const { patterns, parameters } = resolve({
      pattern: 'rpc,load,stream,connect',
      'reply-size': '1,1k..4k',
      'service-time': '0s,10us',
      rate: '500,10k/s',
      arrivals: 'even,poisson',
      window: '1..8',
      backlog: '1,128',
    });
    expect(patterns).toEqual(['rpc', 'load', 'stream', 'connect']);
    expect(parameters).toEqual({
      replyBytes: [1, 1024, 2048, 4096],
      serviceNs: [0, 10_000],
      rate: [500, 10_000],
      arrivals: ['even', 'poisson'],
      window: [1, 2, 4, 8],
      backlog: [1, 128],
    });
  });

  it('reads options as the native part takes them', () => {
    const { options } = resolve({ calls: 'send-recv', sndbuf: '4k,64k', ready: 'none,epoll' });
    expect(options).toEqual({
      calls: ['send-recv'],
      sndbuf: ['4096', '65536'],
      ready: [null, 'epoll'],
    });
  });

  it('reads options of doors: numbers and ranges, words', () => {
    const { options } = resolve({
      descriptors: '0,3',
      threads: '1..8,6',
      handoff: 'futex,seccomp',
      buffers: 'early,hold',
      exhausted: 'wait',
      asleep: '0s,10ms',
    });
    expect(options).toEqual({
      descriptors: ['0', '3'],
      threads: ['1', '2', '4', '8', '6'],
      handoff: ['futex', 'seccomp'],
      buffers: ['early', 'hold'],
      exhausted: ['wait'],
      asleep: ['0s', '10ms'],
    });
    expect(resolve({ descriptors: '1024', threads: '256' }).options).toEqual({
      descriptors: ['1024'],
      threads: ['256'],
    });
  });

  it.each<[SettingsInput, RegExp]>([
    [{ rate: '10' }, /^--rate means nothing to pattern echo\.$/],
    [{ window: '4', pattern: 'echo,load' }, /^--window means nothing to pattern echo, load\.$/],
    [{ backlog: '4', pattern: 'stream' }, /--backlog/],
    [{ 'reply-size': '4', pattern: 'stream' }, /--reply-size/],
  ])('refuses a parameter without its pattern: %j', (input, message) => {
    expect(() => resolve(input)).toThrow(message);
  });

  it('says which pattern a parameter needs', () => {
    expect(() => resolve({ 'service-time': '1ms' })).toThrow(
      expect.objectContaining({ nextSteps: ['It belongs to --pattern rpc or load.'] }),
    );
  });

  it('requires a placement only where it is the one that was typed', () => {
    expect(resolve({ placement: 'smt' }).placementRequired).toBe(true);
    expect(resolve({ placement: 'smt,free' }).placementRequired).toBe(false);
    const planned = resolveSettings({}, () => 1, { placement: 'smt' });
    expect(planned).toMatchObject({ placements: ['smt'], placementRequired: false });
  });

  it('takes a seed up to the largest exact integer', () => {
    expect(resolve({ seed: '9007199254740991' }).seed).toBe(Number.MAX_SAFE_INTEGER);
  });

  describe('with a named plan', () => {
    const plan: SettingsInput = { size: '64', trials: '7', pattern: 'load', rate: '50' };
    const withPlan = (typed: SettingsInput, planned = plan) =>
      resolveSettings(typed, () => 42, planned);

    it('takes what the plan says, and what was typed before it', () => {
      expect(withPlan({})).toMatchObject({ sizes: [64], trials: 7, durationNs: 500e6 });
      expect(withPlan({ size: '1k', trials: undefined })).toMatchObject({
        sizes: [1024],
        trials: 7,
      });
    });

    it('is shorter under quick wherever that comes from', () => {
      expect(withPlan({ quick: true })).toMatchObject({ sizes: [1, 4096], trials: 3 });
      expect(withPlan({ quick: true, trials: '4' })).toMatchObject({ trials: 4 });
      expect(withPlan({}, { quick: true, trials: '4' })).toMatchObject({
        trials: 4,
        durationNs: 100e6,
      });
    });

    it('leaves parameters aside whose pattern was typed away', () => {
      expect(withPlan({ pattern: 'echo' }).patterns).toEqual(['echo']);
      expect(() => withPlan({ pattern: 'echo', rate: '5' })).toThrow(/--rate means nothing/);
    });

    it('refuses a plan with a parameter that has no pattern', () => {
      expect(() => withPlan({}, { rate: '5' })).toThrow(/--rate means nothing/);
    });
  });

  it.each<SettingsInput>([
    { pattern: 'shout' },
    { pattern: 'rpc', 'reply-size': '2m' },
    { pattern: 'rpc', 'service-time': '5' },
    { pattern: 'rpc', 'service-time': '61s' },
    { pattern: 'load', rate: '0' },
    { pattern: 'load', rate: '2000m' },
    { pattern: 'load', arrivals: 'bursty' },
    { pattern: 'stream', window: '0' },
    { pattern: 'stream', window: '1.5' },
    { pattern: 'connect', backlog: 'many' },
    { calls: 'write-read' },
    { sndbuf: '0' },
    { rcvlowat: '2g' },
    { ready: 'kqueue' },
    { address: 'nowhere' },
    { procedure: 'any' },
    { descriptors: '-1' },
    { descriptors: '1025' },
    { descriptors: '1k' },
    { threads: '0' },
    { threads: '257' },
    { threads: '8..1' },
    { handoff: 'shuttle' },
    { handoff: '1' },
    { buffers: 'late' },
    { exhausted: 'panic' },
    { asleep: '10' },
    { asleep: '11s' },
    { trials: '-3' },
    { trials: '0' },
    { trials: '1.5' },
    { trials: '99999999' },
    { trials: '' },
    { duration: '0s' },
    { duration: '2h' },
    { warmup: '-1ms' },
    { precision: '1' },
    { precision: '0%' },
    { precision: '60%' },
    { precision: 'fine' },
    { precision: '1%', 'max-trials': '0' },
    { 'max-time': '0s' },
    { 'max-time': '10' },
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
