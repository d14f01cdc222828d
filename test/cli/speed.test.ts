/** `ipcbench speed` with a library in the place of Fast Sockets that says what it is told to. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { CLI, type CliEnd, ending } from '../support/cli.js';
import { compileTalker, Workshop } from '../support/preload.js';

const workshop = new Workshop();
afterAll(() => workshop.remove());
const library = compileTalker(workshop);
const temporary = workshop.folder;

interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

function start(args: readonly string[], { env = {}, input }: Surroundings = {}) {
  const child = spawn(process.execPath, [CLI, 'speed', ...args], {
    env: {
      ...process.env,
      IPCBENCH_FASTSOCK: library,
      TMPDIR: temporary,
      NODE_ENV: 'production',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input ?? '');
  return child;
}

function speed(args: readonly string[], surroundings?: Surroundings): Promise<CliEnd> {
  return ending(start(args, surroundings));
}

afterEach(() => {
  const left = readdirSync(temporary).filter((name) => name.startsWith('ipcbench-speed-'));
  expect(left).toEqual([]);
});

describe('ipcbench speed', () => {
  it('is the program: its output, its input, its arguments, its exit code', async () => {
    const script = 'cat; echo "$@"; echo bad >&2; exit 7';
    const end = await speed(['--', 'sh', '-c', script, 'sh', '--json', '--', '-x'], {
      input: 'in ',
    });
    expect(end).toEqual({ code: 7, signal: null, stdout: 'in --json -- -x\n', stderr: 'bad\n' });
  });

  it('preloads in front of what is preloaded already, by the transport asked for', async () => {
    const words = [
      '--transport',
      'mmap-doors',
      '--',
      'printenv',
      'LD_PRELOAD',
      'FASTSOCK_TRANSPORT',
    ];
    const end = await speed(words, { env: { LD_PRELOAD: library } });
    expect(end.stdout).toBe(`${library}:${library}\nmmap-doors\n`);
  });

  it('leaves the environment’s transport unless told otherwise', async () => {
    const end = await speed(['printenv', 'FASTSOCK_TRANSPORT'], {
      env: { FASTSOCK_TRANSPORT: 'doors' },
    });
    expect(end.stdout).toBe('doors\n');
  });

  it.each([
    ['-9', 137],
    ['-TERM', 143],
  ])('ends with 128 + n when signal n ended the program: %s', async (signal, code) => {
    expect(await speed(['--', 'sh', '-c', `kill ${signal} $$`])).toMatchObject({
      code,
      signal: null,
    });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)(
    'sends %s on',
    async (signal) => {
      const script = `trap 'echo ${signal}; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`;
      const child = start(['--stats', '--', 'sh', '-c', script]);
      const end = ending(child);
      child.stdout?.once('data', () => child.kill(signal));
      expect(await end).toMatchObject({ code: 3, stdout: `ready\n${signal}\n` });
    },
  );

  it.each([
    [['--', 'no-such-program'], 127, 'There is no program "no-such-program".'],
    [['--', '/etc/passwd'], 126, '"/etc/passwd" may not be executed.'],
    [['--doctor', '--', 'no-such-program'], 127, 'There is no program'],
    [[], 2, 'Name one behind --: ipcbench speed -- curl'],
    [['--transport', 'smoke', '--', 'true'], 2, 'transport'],
    [['--stats', '--doctor', '--', 'true'], 2, 'doctor'],
    [['ls', '-l'], 2, 'Nonexistent flag: -l'],
  ])('%j ends with %i', async (args, code, message) => {
    const end = await speed(args);
    expect(end).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('says how to build the library', async () => {
    const end = await speed(['--', 'true'], { env: { IPCBENCH_FASTSOCK: '/no/such/lib.so' } });
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('npm run build:native') });
  });
});

describe('ipcbench speed --stats', () => {
  it('has a row for each process, on stderr only', async () => {
    const end = await speed(['--stats', '--', 'bash', '--norc', '-c', 'ls -d /; true'], {
      env: { FAKE_RETREATED: '{"splice":1}' },
    });
    expect(end).toMatchObject({ code: 0, stdout: '/\n' });
    expect(end.stderr).toMatch(/^\d+ +bash +1000000 +2 +1 /m);
    expect(end.stderr).toMatch(/^\d+ +ls +1000000 +2 +1 /m);
    expect(end.stderr).toMatch(/^passed through: remote \(4\)$/m);
    expect(end.stderr).toMatch(/^demoted: splice \(2\)$/m);
  });

  it('is JSON on stderr under --json', async () => {
    const { stdout, stderr } = await speed(['--stats', '--json', '--', 'ls', '-d', '/']);
    expect(stdout).toBe('/\n');
    expect(JSON.parse(stderr)).toMatchObject({
      processes: [{ program: 'ls', passed: { remote: 2 } }],
    });
  });

  it('is JSON in the file that was asked for', async () => {
    const file = join(temporary, 'stats.json');
    const end = await speed(['--stats-file', file, '--', 'ls', '-d', '/']);
    expect(end).toEqual({ code: 0, signal: null, stdout: '/\n', stderr: '' });
    expect(JSON.parse(readFileSync(file, 'utf8')).processes).toHaveLength(1);
    rmSync(file);
  });

  it('says so when nobody had anything to say', async () => {
    const end = await speed(['--stats', '--', 'sh', '-c', 'kill -9 $$']);
    expect(end).toMatchObject({ code: 137, stderr: expect.stringMatching(/^No process had/) });
  });

  it('removes what one that was killed left', async () => {
    const child = start(['--stats', '--', 'sh', '-c', 'echo ready; exec sleep 0.3']);
    const end = ending(child);
    child.stdout?.once('data', () => child.kill('SIGKILL'));
    expect(await end).toMatchObject({ signal: 'SIGKILL' });
    expect(readdirSync(temporary).some((name) => name.startsWith('ipcbench-speed-'))).toBe(true);
    expect(await speed(['--stats', '--', 'true'])).toMatchObject({ code: 0 });
  });
});

describe('ipcbench speed --doctor', () => {
  it('says yes to Node and runs nothing', async () => {
    const end = await speed(['--doctor', '--', process.execPath, '-e', 'console.log("ran")']);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout).toMatch(/^ok +sockets +calls socket, connect/m);
    expect(end.stdout).toMatch(/can be accelerated\n$/);
    expect(end.stdout).not.toContain('ran');
  });

  it('says no to a static program, as JSON, too', async () => {
    const path = workshop.compile('static', 'int main(void) { return 0; }', '-static');
    const end = await speed(['--doctor', '--', path]);
    expect(end).toMatchObject({ code: 1, stdout: expect.stringContaining("can't be accelerated") });
    const json = await speed(['--doctor', '--json', '--', path]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ program: path, answer: 'no' });
  });
});
