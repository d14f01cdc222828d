// Node's sockets under load: every byte that comes back is compared.
//   node echo_stress.mjs LIBRARY [TRANSPORT [ROUNDS [SEED [BUSY]]]]     LIBRARY "-" is none
// BUSY processes that only compute keep the processors from whoever waits. Prints a line
// per failure with the seed that leads to it.
import { spawn } from 'node:child_process';
import { createServer, connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const CONNECTIONS = 24;
const BYTES_MOST = 1500000;
const PATIENCE_MS = 60000;

// Longer than what is sent, so that no byte looks like one a ring's or a buffer's size away.
const pattern = Buffer.alloc(2 * BYTES_MOST);
for (let i = 0; i < pattern.length; i++) pattern[i] = ((i * 2654435761) >>> 13) ^ (i >>> 8);

/** The same numbers for the same seed. */
function random(seed) {
  let state = seed >>> 0 || 1;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

const nap = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const some = (below) => [1 + below(64), 1 + below(5000), 1 + below(200000)][below(3)];

// --- the server: by pipe, by several pieces at a time, or slowly

/** As pieces of a few sizes, which Node sends by one call. */
function sendInPieces(socket, data) {
  socket.cork();
  for (let at = 0, size = 1; at < data.length; at += size, size = (size * 7) % 30011 || 1)
    socket.write(data.subarray(at, at + size));
  socket.uncork();
}

async function echoSlowly(socket) {
  let turn = 0;
  for await (const data of socket.iterator({ destroyOnReturn: false })) {
    if (!socket.write(data)) await new Promise((resolve) => socket.once('drain', resolve));
    if (turn++ % 16 === 0) await nap(1);
  }
  socket.end();
}

function serve() {
  let count = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    const kind = count++ % 3;
    if (kind === 0) socket.pipe(socket);
    else if (kind === 1) {
      socket.on('data', (data) => sendInPieces(socket, data));
      socket.on('end', () => socket.end());
    } else echoSlowly(socket).catch(() => {});
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

// --- the client

async function send(socket, below, offset, bytes) {
  const hasty = below(3) === 0;
  for (let at = 0; at < bytes; ) {
    const size = Math.min(some(below), bytes - at);
    const data = pattern.subarray(offset + at, offset + at + size);
    if (below(4) === 0) sendInPieces(socket, data);
    else socket.write(data);
    at += size;
    // The hasty leave it to Node to keep what the system doesn't take.
    if (!hasty && socket.writableNeedDrain)
      await new Promise((resolve) => socket.once('drain', resolve));
    if (below(20) === 0) await nap(below(3));
  }
  socket.end();
}

function compare(socket, below, offset, bytes) {
  let position = 0;
  return new Promise((resolve, reject) => {
    socket.on('data', (data) => {
      const expected = pattern.subarray(offset + position, offset + position + data.length);
      if (!data.equals(expected))
        reject(new Error(`wrong in the ${data.length} bytes at ${position} of ${bytes}`));
      position += data.length;
      if (below(30) === 0) {
        socket.pause();
        setTimeout(() => socket.resume(), below(5));
      }
    });
    socket.on('end', () =>
      position === bytes ? resolve() : reject(new Error(`ended at ${position} of ${bytes}`)),
    );
    socket.on('error', (error) => reject(new Error(`${error.code} at ${position} of ${bytes}`)));
  });
}

async function exchange(port, seed) {
  const below = random(seed);
  for (let bytes, again = true; again; ) {
    bytes = below(4) === 0 ? some(below) : 1 + below(BYTES_MOST);
    const offset = below(pattern.length - bytes);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const back = compare(socket, below, offset, bytes);
    // Some leave in the middle, and the number is the next one's.
    again = below(4) === 0;
    const sent = send(socket, below, offset, bytes);
    if (again) {
      back.catch(() => {});
      await Promise.race([sent, nap(below(30))]);
      socket.destroy();
    } else await Promise.all([sent, back]);
  }
}

async function visit(port, seed) {
  const outcomes = await Promise.allSettled(
    Array.from({ length: CONNECTIONS }, (_, i) => exchange(port, seed * 1000 + i)),
  );
  const failures = outcomes.filter(({ status }) => status === 'rejected');
  for (const { reason } of failures) console.log(`seed ${seed}: ${reason.message}`);
  process.exit(failures.length > 0 ? 1 : 0);
}

// --- both

const self = fileURLToPath(import.meta.url);

function start(library, transport, args) {
  const env = { ...process.env, FASTSOCK_TRANSPORT: transport };
  delete env.LD_PRELOAD;
  if (library !== '-') env.LD_PRELOAD = library;
  return spawn(process.execPath, [self, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

const said = (child) => new Promise((resolve) => child.stdout.once('data', resolve));

async function round(library, transport, seed) {
  const server = start(library, transport, ['serve']);
  const port = Number(await said(server));
  const client = start(library, transport, ['visit', port, seed]);
  client.stdout.pipe(process.stdout, { end: false });
  const timer = setTimeout(() => client.kill('SIGKILL'), PATIENCE_MS);
  const [status, signal] = await new Promise((resolve) =>
    client.on('close', (...how) => resolve(how)),
  );
  clearTimeout(timer);
  if (status === null) console.log(`seed ${seed}: ended by ${signal}`);
  server.kill('SIGKILL');
  return status === 0;
}

async function main(library, transport = 'mmap-sem', rounds = 3, seed = process.pid, busy = 2) {
  const load = Array.from({ length: Number(busy) }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  let failed = 0;
  for (let i = 0; i < Number(rounds); i++)
    if (!(await round(library, transport, Number(seed) + i))) failed++;
  for (const child of load) child.kill('SIGKILL');
  console.log(`${transport}: ${rounds} rounds, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

const [what, ...rest] = process.argv.slice(2);
if (what === 'serve') serve();
else if (what === 'visit') await visit(...rest.map(Number));
else if (what) await main(what, ...rest);
else {
  console.error('node echo_stress.mjs LIBRARY [TRANSPORT [ROUNDS [SEED [BUSY]]]]');
  process.exitCode = 2;
}
