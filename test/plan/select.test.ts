import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { chooseProbes, inTableOrder, selectOneProbe, selectProbes } from '../../src/plan/select.js';

const names = (typed: readonly string[]) =>
  selectProbes(typed, probeDescriptors).map((probe) => probe.name);

describe('selectProbes', () => {
  it.each([
    [['pipe'], ['pipe']],
    [['PIPE'], ['pipe']],
    [['localhost'], ['tcp']],
    [
      ['tcp', 'pipe', 'tcp'],
      ['tcp', 'pipe'],
    ],
    [[], []],
  ])('%j are %j', (typed, expected) => {
    expect(names(typed)).toEqual(expected);
  });

  it.each([
    ['pipes', ['pipe', 'fifo']],
    ['sockets', ['socketpair', 'tcp', 'udp', 'unix-dgram', 'unix-seqpacket', 'unix-stream']],
    ['semaphores', ['posix-sem', 'sysv-sem']],
    ['messages', ['posix-mq', 'sysv-msg']],
  ])('%s holds %j', (group, members) => {
    expect(names([group])).toEqual(expect.arrayContaining(members));
  });

  it('has no probe twice', () => {
    const [first, ...others] = names(['tcp', 'sockets']);
    expect(first).toBe('tcp');
    expect(others).not.toContain('tcp');
  });

  it('suggests the nearest name or alias', () => {
    expect(() => names(['pip'])).toThrowError(
      expect.objectContaining({ nextSteps: expect.arrayContaining(['Did you mean "pipe"?']) }),
    );
    expect(() => names(['mesages'])).toThrowError(
      expect.objectContaining({ nextSteps: expect.arrayContaining(['Did you mean "messages"?']) }),
    );
  });

  it('suggests nothing where nothing is near', () => {
    expect(() => names(['quantum'])).toThrowError(
      expect.objectContaining({ nextSteps: ['See what there is: ipcbench list'] }),
    );
  });
});

describe('selectOneProbe', () => {
  it('wants a name that stands for one probe', () => {
    expect(selectOneProbe('localhost', probeDescriptors).name).toBe('tcp');
    expect(() => selectOneProbe('sockets', probeDescriptors)).toThrow(/several probes/);
  });
});

describe('chooseProbes', () => {
  it('leaves out of everything what is the same as another row', () => {
    const chosen = (typed: string[], all: boolean) =>
      chooseProbes(typed, all, undefined, probeDescriptors)?.probes.map(({ name }) => name);
    expect(chosen([], true)).toEqual(expect.arrayContaining(['fast-mmap-sem', 'fast-doors']));
    expect(chosen([], true)).not.toContain('fast-sockets');
    expect(chosen(['fast-sockets'], false)).toEqual(['fast-sockets']);
  });

  const choose = (typed: string[], all = false, planned?: readonly string[] | null) => {
    const selection = chooseProbes(typed, all, planned, probeDescriptors);
    return selection && { ...selection, probes: selection.probes.map((probe) => probe.name) };
  };

  it('takes what was typed, in the order of the table', () => {
    expect(choose(['tcp', 'pipe'])?.probes).toEqual(['pipe', 'tcp']);
  });

  it('knows which probes were named themselves', () => {
    expect(choose(['localhost', 'semaphores'])?.named).toEqual(new Set(['tcp']));
    expect(choose(['tcp'], true)?.named).toEqual(new Set());
    expect(choose([], false, ['tcp'])?.named).toEqual(new Set());
  });

  it('takes the plan’s probes unless any were typed', () => {
    expect(choose([], false, ['tcp', 'pipe'])?.probes).toEqual(['pipe', 'tcp']);
    expect(choose(['udp'], false, ['tcp', 'pipe'])?.probes).toEqual(['udp']);
    expect(choose(['udp'], false, null)?.probes).toEqual(['udp']);
  });

  it('takes every one for --all, and for a plan of all', () => {
    const every = probeDescriptors.filter(({ onlyByName }) => !onlyByName).length;
    expect(choose([], true)?.probes).toHaveLength(every);
    expect(choose([], true, ['tcp'])?.probes).toHaveLength(every);
    expect(choose([], false, null)?.probes).toHaveLength(every);
  });

  it('still checks names beside --all', () => {
    expect(() => choose(['pip'], true)).toThrow(/no probe "pip"/);
  });

  it('is null where nothing says which', () => {
    expect(choose([])).toBeNull();
  });
});

describe('inTableOrder', () => {
  it('has the references first', () => {
    const [first, second] = inTableOrder(probeDescriptors);
    expect(first?.name).toBe('null');
    expect(second?.family).toBe('pipe');
  });
});
