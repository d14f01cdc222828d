// Starts programs with and without the library, and ends those that it started.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

/** In this order: what `none` answers is what the others must answer. */
export const modes = ['none', 'both', 'client', 'server'];

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A reason to skip, when a program isn't there. */
export const needs =
  (...packages) =>
  () => {
    for (const [program, where] of packages)
      if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
        return `${program} is not installed (apt-get install ${where})`;
    return undefined;
  };

/** Gives a program that a check is made of its reason to be skipped. */
export const check = (missing, program) => Object.assign(program, { missing });

export const expect = (condition, what) => {
  if (!condition) throw new Error(what);
};

/** Below those that the kernel gives to connections, which may be taken at any moment. */
const PORTS = { from: 10240, count: 20000 };

const listening = (...where) =>
  new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(undefined));
    server.listen(...where, () => resolve(server.unref()));
  });

/**
 * A port that nobody listens at, and that no other run of these tests is given as long as this one
 * lives: an abstract name stands for it, which goes with the process.
 */
async function freePort() {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    const claim = await listening(`\0fastsock-tests-port-${port}`);
    const trial = claim && (await listening(port, '127.0.0.1'));
    if (trial) {
      await new Promise((resolve) => trial.close(resolve));
      return port;
    }
    claim?.close();
  }
}

const TIME_LIMIT_MS = 20000;

export class Run {
  #options;
  #children = new Set();
  #over = false;
  output = '';

  constructor(options) {
    this.#options = options;
  }

  get folder() {
    return this.#options.folder;
  }

  port() {
    return freePort();
  }

  #environment(role) {
    const { library, mode, stats } = this.#options;
    const environment = { ...process.env, FASTSOCK_STATS: stats };
    delete environment.LD_PRELOAD;
    if (mode === 'both' || mode === role) environment.LD_PRELOAD = library;
    return environment;
  }

  #spawn(role, command, args) {
    if (this.#over) throw new Error('stopped');
    const child = spawn(command, args.map(String), {
      env: this.#environment(role),
      stdio: ['pipe', 'pipe', 'pipe'],
      // Some signal all of their process group when they end.
      detached: role === 'server',
    });
    const state = { child, stdout: '', stderr: '', ended: undefined };
    child.stdout.on('data', (data) => (state.stdout += data));
    child.stderr.on('data', (data) => (state.stderr += data));
    child.stdin.on('error', () => {});
    state.ended = new Promise((resolve) => {
      child.on('error', (error) => resolve({ error }));
      child.on('close', (status, signal) => {
        this.#children.delete(state);
        resolve({ status, signal });
      });
    });
    this.#children.add(state);
    return state;
  }

  /** A server that runs until the end; waits until it answers at its port. */
  async server(command, args, { port, ready } = {}) {
    const state = this.#spawn('server', command, args);
    const deadline = Date.now() + TIME_LIMIT_MS / 2;
    for (;;) {
      const said = `${state.stdout}${state.stderr}`;
      if (ready ? ready.test(said) : listens(port)) return state;
      if (state.child.exitCode !== null || Date.now() > deadline)
        throw new Error(`${command} doesn't listen: ${said.slice(-300)}`);
      await sleep(10);
    }
  }

  /** A client that runs to its end; its output. */
  async client(command, args, { input = '', anyStatus = false } = {}) {
    const state = this.#spawn('client', command, args);
    state.child.stdin.end(input);
    const timer = setTimeout(() => {
      state.hung = true;
      state.child.kill('SIGKILL');
    }, TIME_LIMIT_MS);
    const { status, signal, error } = await state.ended;
    clearTimeout(timer);
    if (error) throw error;
    if (state.hung)
      throw new Error(`${command} hung: ${state.stdout.slice(-200)}${state.stderr.slice(-200)}`);
    if (signal || (status !== 0 && !anyStatus))
      throw new Error(`${command} ended by ${signal ?? status}: ${state.stderr.slice(-300)}`);
    return state.stdout;
  }

  async stop(state, signal = 'SIGTERM') {
    if (state.child.exitCode === null && state.child.signalCode === null) state.child.kill(signal);
    const timer = setTimeout(() => state.child.kill('SIGKILL'), 3000);
    const result = await state.ended;
    clearTimeout(timer);
    return result;
  }

  /** What runs still is stopped; a server that a signal of ours doesn't end is killed. */
  async end() {
    this.#over = true;
    for (const state of [...this.#children]) await this.stop(state);
  }
}

/** Whether somebody listens on a port, seen from outside: a trial connection would be one more. */
function listens(port) {
  const { stdout } = spawnSync('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { encoding: 'utf8' });
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return new RegExp(`:${hex} [0-9A-F:]+ 0A `).test(stdout);
}
