import { describe, expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { inTableOrder, selectOneProbe, selectProbes } from '../../src/plan/select.js';

const names = (typed: readonly string[]) =>
  selectProbes(typed, probeDescriptors).map((probe) => probe.name);

describe('selectProbes', () => {
  it.each([
    [['pipe'], ['pipe']],
    [['pipes'], ['pipe']],
    [['sockets'], ['socketpair', 'tcp', 'unix-stream']],
    [['semaphores'], ['sysv-sem']],
    [['messages'], ['sysv-msg']],
    [['PIPE'], ['pipe']],
    [
      ['tcp', 'sockets', 'pipe'],
      ['tcp', 'socketpair', 'unix-stream', 'pipe'],
    ],
    [[], []],
  ])('%j are %j', (typed, expected) => {
    expect(names(typed)).toEqual(expected);
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
    expect(selectOneProbe('pipes', probeDescriptors).name).toBe('pipe');
    expect(() => selectOneProbe('sockets', probeDescriptors)).toThrow(/several probes/);
  });
});

describe('inTableOrder', () => {
  it('has the references first', () => {
    const [first, second] = inTableOrder(probeDescriptors);
    expect(first?.name).toBe('null');
    expect(second?.name).toBe('pipe');
  });
});
