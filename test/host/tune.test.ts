import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostFiles } from '../../src/host/files.js';
import { measuredCpus } from '../../src/host/measured-cpus.js';
import { restore, type TuneHost, tune, tuneDryRun } from '../../src/host/tune.js';
import { journalPath, readJournal, writeJournal } from '../../src/host/tune-journal.js';
import { planTuning } from '../../src/host/tune-plan.js';
import { FakeHost, QUIET_HOST, UNTUNED_HOST } from '../fixtures/host.js';

const GOVERNOR = 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';
const TURBO = 'sys/devices/system/cpu/intel_pstate/no_turbo';
const IRQ = 'proc/irq/24/smp_affinity_list';

let fake: FakeHost;
let host: TuneHost;
beforeEach(() => {
  fake = new FakeHost(UNTUNED_HOST);
  host = { root: fake.root, journal: join(fake.root, 'state', 'tune.json'), privileged: true };
});
afterEach(() => fake.remove());

function settings() {
  const files = hostFiles(fake.root);
  return [GOVERNOR, TURBO, IRQ].map((path) => files.read(path));
}

describe('tune', () => {
  it('changes what can be changed, and restore puts it back', () => {
    const steps = tune(host, [2, 3]);
    expect(settings()).toEqual(['performance', '1', '0-1']);
    expect(steps.filter(({ state }) => state === 'changed')).toHaveLength(4 + 1 + 1);
    expect(readJournal(host.journal)?.changes).toHaveLength(6);
    const back = restore(host);
    expect(back?.every(({ state }) => state === 'restored')).toBe(true);
    expect(settings()).toEqual(['powersave', '0', '0-3']);
    expect(existsSync(host.journal)).toBe(false);
    expect(restore(host)).toBeNull();
  });

  it('changes nothing when the journal can not be written', () => {
    fake.write('file', '');
    const journal = join(fake.root, 'file', 'tune.json');
    expect(() => tune({ ...host, journal }, [2, 3])).toThrow(/Can't write|Can't read/);
    expect(settings()).toEqual(['powersave', '0', '0-3']);
  });

  it('is undone after a crash at any point', () => {
    fc.assert(
      fc.property(fc.nat(6), (written) => {
        for (const [path, text] of Object.entries(UNTUNED_HOST)) fake.write(path, text as string);
        const { changes } = planTuning(hostFiles(fake.root), [2, 3]);
        const journal = {
          version: 1 as const,
          boot_id: 'boot-one',
          started: '2026-01-01',
          changes: [...changes],
        };
        writeJournal(host.journal, journal);
        for (const { path, after } of changes.slice(0, written)) fake.write(path, after);
        const steps = restore(host) ?? [];
        expect(steps.filter(({ state }) => state === 'restored')).toHaveLength(written);
        expect(settings()).toEqual(['powersave', '0', '0-3']);
        expect(existsSync(host.journal)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a second time, and keeps the first journal', () => {
    tune(host, [2, 3]);
    const journal = readFileSync(host.journal, 'utf8');
    expect(() => tune(host, [0])).toThrow(/tuned already/);
    expect(readFileSync(host.journal, 'utf8')).toBe(journal);
  });

  it('changes nothing in a dry run', () => {
    const steps = tuneDryRun({ ...host, privileged: false }, [2, 3]);
    expect(steps.filter(({ state }) => state === 'planned')).toHaveLength(6);
    expect(settings()).toEqual(['powersave', '0', '0-3']);
    expect(existsSync(host.journal)).toBe(false);
  });

  it('takes root, before it writes anything', () => {
    const nobody = { ...host, privileged: false };
    expect(() => tune(nobody, [2, 3])).toThrow(/takes root/);
    expect(existsSync(host.journal)).toBe(false);
    tune(host, [2, 3]);
    expect(() => restore(nobody)).toThrow(/takes root/);
    expect(settings()).toEqual(['performance', '1', '0-1']);
  });

  it('leaves no journal where there was nothing to change', () => {
    for (const [path, text] of Object.entries(QUIET_HOST)) fake.write(path, text as string);
    fake.write(IRQ, '0-1');
    const steps = tune({ ...host, privileged: false }, [2, 3]);
    expect(steps.map(({ state }) => state)).not.toContain('changed');
    expect(existsSync(host.journal)).toBe(false);
  });

  it('says why nothing can be changed on a machine without settings', () => {
    const bare = new FakeHost({
      'proc/irq/24/smp_affinity_list': '0-1',
      'sys/devices/system/cpu/online': '0-1',
    });
    const { changes, untouched } = planTuning(hostFiles(bare.root), [0, 1]);
    bare.remove();
    expect(changes).toEqual([]);
    expect(untouched.map(({ kind, inOrder, reason }) => [kind, inOrder, reason])).toEqual([
      ['governor', false, expect.stringContaining('scaling_governor')],
      ['turbo', false, expect.stringContaining('neither no_turbo nor boost')],
      ['interrupts', false, expect.stringContaining('nowhere to move them')],
      ['address randomisation', false, expect.stringContaining('--no-aslr')],
    ]);
  });

  it('says when a driver has no governor performance', () => {
    fake.write(GOVERNOR.replace('scaling_governor', 'scaling_available_governors'), 'powersave');
    const step = tuneDryRun(host, [2]).find(({ subject }) => subject === 'processor 0');
    expect(step).toMatchObject({
      state: 'impossible',
      reason: expect.stringContaining('only powersave'),
    });
  });

  it('moves an interrupt that has only measured processors to all others', () => {
    const { changes } = planTuning(hostFiles(fake.root), [0]);
    const moves = changes.filter(({ kind }) => kind === 'interrupts');
    expect(moves.map(({ subject, after }) => [subject, after])).toEqual([
      ['interrupt 24', '1-3'],
      ['interrupt 25', '1-3'],
    ]);
  });
});

describe('restore', () => {
  it('leaves alone what something else has set since', () => {
    tune(host, [2, 3]);
    fake.write(GOVERNOR, 'ondemand');
    const steps = restore(host) ?? [];
    expect(steps.find(({ subject }) => subject === 'processor 0')).toMatchObject({
      state: 'unchanged',
      reason: 'something else has set it to ondemand since',
    });
    expect(settings()).toEqual(['ondemand', '0', '0-3']);
  });

  it('has nothing to put back after a restart, and needs no root for it', () => {
    tune(host, [2, 3]);
    fake.write('proc/sys/kernel/random/boot_id', 'boot-two');
    const steps = restore({ ...host, privileged: false }) ?? [];
    expect(steps.every(({ state }) => state === 'unchanged')).toBe(true);
    expect(existsSync(host.journal)).toBe(false);
  });

  it('does nothing in a dry run', () => {
    tune(host, [2, 3]);
    const steps = restore(host, true) ?? [];
    expect(steps.every(({ state }) => state === 'planned')).toBe(true);
    expect(settings()).toEqual(['performance', '1', '0-1']);
    expect(existsSync(host.journal)).toBe(true);
  });

  it('does not take any other file for a journal', () => {
    fake.write('state/tune.json', '{"version": 9}');
    expect(() => restore(host)).toThrow(/no journal of this version/);
    expect(() => tune(host, [2])).toThrow(/no journal of this version/);
    expect(settings()).toEqual(['powersave', '0', '0-3']);
  });
});

describe('a journal', () => {
  it('is not taken for one when it names a file that tuning never changes', () => {
    tune(host, [2, 3]);
    const text = readFileSync(host.journal, 'utf8');
    fake.write('state/tune.json', text.replace(TURBO, 'etc/passwd'));
    fake.write('etc/passwd', '1');
    expect(() => restore(host)).toThrow(/no journal of this version/);
    expect(readFileSync(join(fake.root, 'etc/passwd'), 'utf8')).toBe('1');
  });
});

describe('journalPath', () => {
  it('is in the state directory', () => {
    expect(journalPath({ XDG_STATE_HOME: '/s' })).toBe('/s/ipcbench/tune.json');
    expect(journalPath({ XDG_STATE_HOME: 'relative', HOME: '/h' })).toBe(
      '/h/.local/state/ipcbench/tune.json',
    );
  });
});

describe('measuredCpus', () => {
  it('are those of placement two-cores unless named', () => {
    expect(measuredCpus(undefined, fake.root)).toEqual([2, 3]);
    expect(measuredCpus('0,2-3', fake.root)).toEqual([0, 2, 3]);
  });

  it.each(['', 'x', '1-', '3-1', '9', '-1', '1,,2'])('refuses %j', (list) => {
    expect(() => measuredCpus(list, fake.root)).toThrow(/--cpus/);
  });
});
