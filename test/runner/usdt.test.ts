import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeFiles } from '../../src/runner/native-files.js';

const run = promisify(execFile);

const { executable: EXECUTABLE, library: LIBFASTSOCK } = nativeFiles(process.env);
const BUILD = dirname(EXECUTABLE);
const LIBDOOR = join(BUILD, 'doors/libdoor.so');
const TRIAL = ['trial', '--duration-ns', '20000000', '--warmup-ns', '2000000', '--probe'];

const has = (command: string) => !spawnSync(command, ['--version']).error;
const canTrace = has('bpftrace') && process.getuid?.() === 0 && existsSync('/sys/kernel/tracing');
const noProbes = !['x64', 'arm64'].includes(process.arch);

/** Probes of an ELF file as `provider:name arguments`, each as often as it occurs. */
function notesOf(path: string): string[] {
  const text = execFileSync('readelf', ['-n', path], { encoding: 'utf8' });
  return [...text.matchAll(/Provider: (\S+)\s+Name: (\S+)\s+Location: .*\s+Arguments: ?(.*)/g)].map(
    ([, provider, name, words]) => `${provider}:${name} ${words?.trim()}`,
  );
}

const namesOf = (path: string, provider: string) =>
  [...new Set(notesOf(path).map((note) => note.split(' ')[0] ?? ''))]
    .filter((name) => name.startsWith(`${provider}:`))
    .sort();

describe.skipIf(noProbes || !has('readelf'))('static probes', () => {
  it('are in the peers', () => {
    expect(namesOf(EXECUTABLE, 'ipcbench')).toEqual([
      'ipcbench:window__begin',
      'ipcbench:window__end',
    ]);
  });

  it('are in libdoor', () => {
    expect(namesOf(LIBDOOR, 'door')).toEqual([
      'door:call__begin',
      'door:call__end',
      'door:serve__begin',
      'door:serve__end',
    ]);
  });

  it('are in the Speed Library', () => {
    expect(namesOf(LIBFASTSOCK, 'fastsock')).toEqual([
      'fastsock:demote',
      'fastsock:sleep',
      'fastsock:upgrade',
      'fastsock:wake',
    ]);
  });

  it.each([EXECUTABLE, LIBDOOR, LIBFASTSOCK])('have arguments in registers: %s', (path) => {
    // What a tracer would have to compute from the program counter, not all of them can.
    const word = process.arch === 'x64' ? /^8@(%r\w+|\$-?\d+)$/ : /^8@(x\d+|-?\d+)$/;
    for (const note of notesOf(path)) {
      for (const argument of note.split(' ').slice(1)) expect(argument).toMatch(word);
    }
  });
});

/** bpftrace attaches to copies: whatever else runs of this build is none of ours. */
describe.skipIf(noProbes || !canTrace)('a tracer', () => {
  let folder: string;
  let peer: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipcbench-usdt-'));
    peer = join(folder, 'peer');
    copyFileSync(EXECUTABLE, peer);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /**
   * Runs a trial under a script; the values of its maps by `name[key]` or `name`. A script is
   * attached once the probe that stands last in it fires. (With -c only the launcher is traced.)
   */
  async function trace(script: string, trial: readonly string[]): Promise<Map<string, number>> {
    const tracer = spawn('bpftrace', ['-e', `${script}\ninterval:ms:20 { printf("tick\\n"); }`]);
    let output = '';
    const attached = new Promise<void>((resolve) => {
      tracer.stdout.on('data', (data) => {
        output += data;
        if (output.includes('tick\n')) resolve();
      });
    });
    let problem = '';
    tracer.stderr.on('data', (data) => {
      problem += data;
    });
    const ended = once(tracer, 'close');
    try {
      await Promise.race([attached, ended.then(() => expect.fail(problem))]);
      await run(peer, [...TRIAL, ...trial]);
    } finally {
      tracer.kill('SIGINT');
      await ended;
    }
    const entries = [...output.matchAll(/^@(\S+): (\d+)$/gm)];
    return new Map(entries.map(([, name, value]) => [name ?? '', Number(value)]));
  }

  it.each(['pipe', 'doors'])('sees one window per side, and its operations: %s', async (probe) => {
    const counts = await trace(
      `usdt:${peer}:ipcbench:window__begin { @begins[arg0] = count(); @before = sum(arg1); }
       usdt:${peer}:ipcbench:window__end { @ends[arg0] = count(); @ops[arg0] = sum(arg1); }`,
      [probe],
    );
    for (const name of ['begins[0]', 'begins[1]', 'ends[0]', 'ends[1]']) {
      expect([name, counts.get(name)]).toEqual([name, 1]);
    }
    expect(counts.get('before')).toBe(0);
    expect(counts.get('ops[0]')).toBeGreaterThan(0);
    expect(counts.get('ops[1]')).toBe(counts.get('ops[0]'));
  });

  it('sees every call of a door, on both sides', async () => {
    const probes = ['call__begin', 'call__end', 'serve__begin', 'serve__end'];
    const counts = await trace(
      `${probes.map((name) => `usdt:${peer}:door:${name} { @${name} = count(); }`).join('\n')}
       usdt:${peer}:ipcbench:window__end { @ops = sum(arg1); }`,
      ['doors', '--option', 'threads=3'],
    );
    const calls = counts.get('call__begin') ?? 0;
    expect(calls).toBeGreaterThan((counts.get('ops') ?? Number.NaN) / 2);
    expect(probes.map((name) => counts.get(name))).toEqual(probes.map(() => calls));
  });

  it('sees what the Speed Library does', async () => {
    const library = join(folder, 'libfastsock.so');
    copyFileSync(LIBFASTSOCK, library);
    const counts = await trace(
      `usdt:${library}:fastsock:upgrade { @upgrades[pid] = count(); @all = count(); }
       usdt:${library}:fastsock:sleep { @sleeps = count(); }
       usdt:${library}:fastsock:wake { @wakes = count(); }`,
      ['tcp', '--client-cpu', '0', '--server-cpu', '0', '--peer-env', `LD_PRELOAD=${library}`],
    );
    expect(counts.get('all')).toBe(2);
    expect([...counts].filter(([name]) => name.startsWith('upgrades['))).toHaveLength(2);
    expect(counts.get('sleeps')).toBeGreaterThan(0);
    expect(counts.get('wakes')).toBeGreaterThan(0);
  });
});
