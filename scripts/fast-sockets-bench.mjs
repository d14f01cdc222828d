// What Fast Sockets gain: unmodified programs over plain TCP and over the library, in turn.
//
//   node scripts/fast-sockets-bench.mjs [--library FILE] [--transport NAME] [--rounds N]
//                                       [--seconds S] [--json FILE] [MEASUREMENT...]
//
// Each round measures plain and fast, alternating which goes first; what is printed is the
// median over the rounds, and of the ratio the median of the rounds' own. Measurements:
// sockperf iperf3 redis nginx connect idle. What isn't installed is skipped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    library: { type: 'string', default: join(root, 'build/native/fastsock/libfastsock.so') },
    transport: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const folder = mkdtempSync(join(tmpdir(), 'fast-sockets-bench-'));
const running = new Set();

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const installed = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// --- programs ---

function environment(fast) {
  const { LD_PRELOAD: _, ...rest } = process.env;
  if (!fast) return rest;
  const transport = options.transport ? { FASTSOCK_TRANSPORT: options.transport } : {};
  return { ...rest, LD_PRELOAD: options.library, ...transport };
}

let stopping = false;

function start(fast, command, args) {
  if (stopping) throw new Error('stopped');
  const child = spawn(command, args.map(String), {
    env: environment(fast),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const program = { child, output: '', errors: '' };
  child.stdout.on('data', (data) => {
    program.output += data;
  });
  child.stderr.on('data', (data) => {
    program.errors += data;
  });
  running.add(program);
  program.ended = new Promise((resolve) => {
    const end = (status) => {
      running.delete(program);
      resolve(status);
    };
    child.on('error', () => end(-1));
    child.on('close', end);
  });
  return program;
}

async function stop(program) {
  program.child.kill('SIGTERM');
  const timer = setTimeout(() => program.child.kill('SIGKILL'), 3000);
  await program.ended;
  clearTimeout(timer);
}

async function run(fast, command, args) {
  const program = start(fast, command, args);
  const timer = setTimeout(() => program.child.kill('SIGKILL'), (seconds * 10 + 60) * 1000);
  const status = await program.ended;
  clearTimeout(timer);
  if (status !== 0)
    throw new Error(`${command} ended with ${status}: ${program.errors.slice(-300)}`);
  return program.output;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function listens(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const { stdout } = spawnSync('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { encoding: 'utf8' });
  return new RegExp(`:${hex} [0-9A-F:]+ 0A `).test(stdout);
}

/** Runs `use` while a server listens at a port of its own. */
async function withServer(fast, command, argsOf, use) {
  const port = await freePort();
  const server = start(fast, command, argsOf(port));
  try {
    for (let i = 0; !listens(port); i++) {
      if (i > 300) throw new Error(`${command} doesn't listen: ${server.errors.slice(-300)}`);
      await sleep(20);
    }
    return await use(port, server);
  } finally {
    await stop(server);
  }
}

const figure = (text, pattern) => {
  const found = pattern.exec(text);
  if (!found) throw new Error(`no figure in: ${text.slice(-300)}`);
  return Number(found[1]);
};

// --- measurements: names of figures to figures ---

async function sockperf(fast) {
  const argsOf = (port) => ['server', '--tcp', '-i', '127.0.0.1', '-p', port];
  return withServer(fast, 'sockperf', argsOf, async (port) => {
    const where = ['--tcp', '-i', '127.0.0.1', '-p', port, '-m', 64, '-t', seconds];
    const text = await run(fast, 'sockperf', ['ping-pong', ...where, '--full-rtt', '--mps=500000']);
    return {
      median: figure(text, /percentile 50\.000 =\s*([\d.]+)/),
      p99_9: figure(text, /percentile 99\.900 =\s*([\d.]+)/),
    };
  });
}

async function iperf3(fast) {
  return withServer(
    fast,
    'iperf3',
    (port) => ['-s', '-B', '127.0.0.1', '-p', port],
    async (port) => {
      const text = await run(fast, 'iperf3', ['-c', '127.0.0.1', '-p', port, '-t', seconds, '-J']);
      return { stream: JSON.parse(text).end.sum_received.bits_per_second / 1e9 };
    },
  );
}

async function redis(fast) {
  const argsOf = (port) => ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  return withServer(fast, 'redis-server', argsOf, async (port) => {
    const figures = {};
    for (const [clients, requests] of [
      [1, 20000],
      [50, 60000],
    ]) {
      const load = ['-c', clients, '-n', Math.ceil((requests * seconds) / 3), '-t', 'get,set'];
      const args = ['-h', '127.0.0.1', '-p', port, '--csv', ...load];
      const text = await run(fast, 'redis-benchmark', args);
      for (const name of ['GET', 'SET'])
        figures[`${name.toLowerCase()}_${clients}`] =
          figure(text, new RegExp(`"${name}","([\\d.]+)"`)) / 1000;
    }
    return figures;
  });
}

const nginxConfig = (home, port) => `
worker_processes 1; daemon off; pid ${home}/pid; error_log ${home}/error.log;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 512; }
http {
  access_log off; sendfile on; keepalive_requests 100000000;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/fastcgi; uwsgi_temp_path ${home}/uwsgi;
  scgi_temp_path ${home}/scgi;
  server { listen 127.0.0.1:${port}; root ${home}; }
}`;

async function nginx(fast) {
  const home = join(folder, 'nginx');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'small'), 'x'.repeat(612));
  const argsOf = (port) => {
    writeFileSync(join(home, 'nginx.conf'), nginxConfig(home, port));
    return ['-p', home, '-c', join(home, 'nginx.conf')];
  };
  return withServer(fast, 'nginx', argsOf, async (port) => {
    const load = ['-t', 1, '-c', 16, '-d', Math.ceil(seconds)];
    const text = await run(fast, 'wrk', [...load, `http://127.0.0.1:${port}/small`]);
    return { requests: figure(text, /Requests\/sec:\s+([\d.]+)/) / 1000 };
  });
}

// The system's interpreter, so that what is measured isn't a script that looks for one.
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

const SERVE = `
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
while True:
    sock, _ = listener.accept()
    while data := sock.recv(64):
        sock.sendall(data)
    sock.close()
`;

const VISIT = `
import socket, sys, time
where = ("127.0.0.1", int(sys.argv[1]))
end = time.monotonic() + float(sys.argv[2])
count, began = 0, time.monotonic()
while time.monotonic() < end:
    for _ in range(100):
        sock = socket.create_connection(where)
        sock.sendall(b"x")
        sock.recv(1)
        sock.close()
    count += 100
    if count >= 10000:
        break
print((time.monotonic() - began) / count * 1e6)
`;

async function connect(fast) {
  const argsOf = (port) => ['-c', SERVE, port];
  return withServer(fast, python, argsOf, async (port) => ({
    one_shot: Number(await run(fast, python, ['-c', VISIT, port, seconds])),
  }));
}

const IDLE = join(root, 'scripts/fast-sockets-idle.py');

/** Milliseconds of a process and its children so far, in the kernel's ticks of 10 ms. */
const cpuMs = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

async function idle(fast) {
  const long = Math.max(seconds, 3);
  const argsOf = (port) => [IDLE, 'serve', port, long];
  return withServer(fast, python, argsOf, async (port, server) => {
    const client = start(fast, python, [IDLE, 'visit', port, long]);
    while (!client.output.includes('idle') && client.child.exitCode === null) await sleep(20);
    const before = cpuMs(server.child.pid);
    await sleep(long * 900);
    const served = cpuMs(server.child.pid) - before;
    if ((await client.ended) !== 0) throw new Error(client.errors.slice(-300));
    const [cpu, kib] = client.output.trim().split('\n').at(-1).split(' ').map(Number);
    return { cpu: (cpu + served) / long, memory: kib };
  });
}

// --- what is wanted; a ratio is always a gain: above 1 is better ---

const lower = (plain, fast) => plain / fast;
const higher = (plain, fast) => fast / plain;

const measurements = {
  sockperf: {
    needs: ['sockperf'],
    measure: sockperf,
    figures: {
      median: { title: 'sockperf 64 B median, us', gain: lower, goal: 20 },
      p99_9: { title: 'sockperf 64 B p99.9, us', gain: lower, goal: 1 },
    },
  },
  iperf3: {
    needs: ['iperf3'],
    measure: iperf3,
    figures: { stream: { title: 'iperf3 one stream, Gb/s', gain: higher, goal: 2.5 } },
  },
  redis: {
    needs: ['redis-server', 'redis-benchmark'],
    measure: redis,
    figures: {
      get_1: { title: 'redis GET, 1 client, k/s', gain: higher, goal: 2.8 },
      set_1: { title: 'redis SET, 1 client, k/s', gain: higher, goal: 2.8 },
      get_50: { title: 'redis GET, 50 clients, k/s', gain: higher, goal: 1.8 },
      set_50: { title: 'redis SET, 50 clients, k/s', gain: higher, goal: 1.8 },
    },
  },
  nginx: {
    needs: ['nginx', 'wrk'],
    measure: nginx,
    figures: { requests: { title: 'nginx + wrk small file, k/s', gain: higher, goal: 1.4 } },
  },
  connect: {
    needs: [python],
    measure: connect,
    figures: { one_shot: { title: 'one-shot connection, us', gain: lower, goal: 1 / 1.5 } },
  },
  idle: {
    needs: [python],
    measure: idle,
    figures: {
      cpu: { title: '1000 idle connections, ms of CPU a second', most: 1 },
      memory: { title: 'memory per connection, KiB', most: 512 },
    },
  },
};

// --- rounds ---

async function measure(name) {
  const { measure: once } = measurements[name];
  const samples = { plain: [], fast: [] };
  for (let round = 0; round < rounds; round++)
    for (const way of round % 2 ? ['fast', 'plain'] : ['plain', 'fast']) {
      samples[way].push(await once(way === 'fast'));
      process.stderr.write(`${name} ${round + 1}/${rounds} ${way}\r`);
    }
  process.stderr.write(`${' '.repeat(40)}\r`);
  return samples;
}

function rowOf(key, { title, gain, goal, most }, samples) {
  const plain = samples.plain.map((sample) => sample[key]);
  const fast = samples.fast.map((sample) => sample[key]);
  const row = { title, plain: median(plain), fast: median(fast), samples: { plain, fast } };
  if (most !== undefined) return { ...row, most, met: row.fast <= most };
  const ratio = median(plain.map((value, i) => gain(value, fast[i])));
  return { ...row, ratio, goal, met: ratio >= goal };
}

function print(row) {
  const number = (value) => value.toFixed(value < 100 ? 2 : 0).padStart(10);
  const ratio = row.ratio === undefined ? '          ' : number(row.ratio);
  const goal = row.goal === undefined ? `<= ${row.most}` : `>= ${row.goal.toFixed(2)} x`;
  const end = `${ratio}  ${goal.padEnd(12)} ${row.met ? 'met' : 'missed'}`;
  console.log(`${row.title.padEnd(42)}${number(row.plain)}${number(row.fast)}${end}`);
}

async function all() {
  const names = positionals.length > 0 ? positionals : Object.keys(measurements);
  const unknown = names.find((name) => !measurements[name]);
  if (unknown) throw new Error(`${unknown} is none of ${Object.keys(measurements).join(' ')}`);
  if (!existsSync(options.library))
    throw new Error(`${options.library} isn't there: npm run build, or name it by --library`);
  const rows = [];
  const head = ['plain', 'fast', 'gain'].map((word) => word.padStart(10)).join('');
  console.log(`${`median of ${rounds} rounds`.padEnd(42)}${head}  goal`);
  for (const name of names) {
    const missing = measurements[name].needs.filter((program) => !installed(program));
    if (missing.length > 0) {
      console.log(`${name}: skipped, ${missing.join(' and ')} not installed`);
      continue;
    }
    const samples = await measure(name);
    for (const [key, facts] of Object.entries(measurements[name].figures)) {
      rows.push(rowOf(key, facts, samples));
      print(rows.at(-1));
    }
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ options, rows }, null, 2)}\n`);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
  process.once(signal, async () => {
    stopping = true;
    await Promise.all([...running].map(stop));
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });

try {
  await all();
} catch (error) {
  console.error(`fast-sockets-bench: ${error.message}`);
  process.exitCode = 1;
} finally {
  for (const program of [...running]) await stop(program);
  rmSync(folder, { recursive: true, force: true });
}
