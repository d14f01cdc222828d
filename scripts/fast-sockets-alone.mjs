// What the Fast Sockets library costs where it can't help: a program whose peer hasn't preloaded it,
// or is of another user. Two pairs of an echo client and server run at the same time, one without
// the library, one with it on the side or sides in question; blocks of round trips on one and the
// other follow each other within milliseconds, so that the machine's moods meet both.
//
//   node scripts/fast-sockets-alone.mjs [--library FILE] [--blocks N] [WAY...]
//
// Ways: server-only, client-only, other-user (both sides, the server as nobody; takes root). Printed
// is the median quotient of the times in a block, with the 95 % interval of the sign test.
// Exit code 1 when an interval lies beyond 2 % as a whole.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    library: { type: 'string', default: `${root}build/native/fastsock/libfastsock.so` },
    blocks: { type: 'string', default: '2000' },
  },
});
const blocks = Number(options.blocks);
const LIMIT = 0.02;
/** Which sides have the library; as whom the server runs. */
const WAYS = {
  'server-only': { server: true, client: false, as: null },
  'client-only': { server: false, client: true, as: null },
  'other-user': { server: true, client: true, as: ['setpriv', '--reuid=65534', '--clear-groups'] },
};

const SERVE = `
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sock, _ = listener.accept()
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while data := sock.recv(64):
    sock.sendall(data)
`;

/** 200 round trips for each line. */
const VISIT = `
import socket, sys, time
sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for line in sys.stdin:
    began = time.monotonic_ns()
    for _ in range(200):
        sock.sendall(b"x" * 64)
        sock.recv(64)
    print(time.monotonic_ns() - began, flush=True)
`;

const running = [];

/** A program on processor 0: wake-ups within one processor are the least of all noise. */
function start(preloaded, args, as = null) {
  const { LD_PRELOAD: _, ...plain } = process.env;
  const env = preloaded ? { ...plain, LD_PRELOAD: options.library } : plain;
  const words = [...(as ?? []), 'taskset', '-c', '0', '/usr/bin/python3', '-c', ...args];
  const child = spawn(words[0], words.slice(1), { env, stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${words.join(' ').slice(0, 60)} ... has ended`);
      return value;
    },
    ask() {
      child.stdin.write('\n');
      return this.line();
    },
  };
}

async function pair(server, client, as) {
  const port = await start(server, [SERVE], as).line();
  return start(client, [VISIT, port]);
}

const logFactorials = [0];
const logFactorial = (n) => {
  for (let i = logFactorials.length; i <= n; i++)
    logFactorials.push(logFactorials[i - 1] + Math.log(i));
  return logFactorials[n];
};

/** Rank from each end between which the median lies with 95 % (sign test). */
function signRank(n) {
  let below = 0;
  for (let k = 0; k < n; k++) {
    below += Math.exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k) - n * Math.LN2);
    if (2 * below > 0.05) return k;
  }
  return 0;
}

async function measure(name) {
  const { server, client, as } = WAYS[name];
  const plain = await pair(false, false, as);
  const held = await pair(server, client, as);
  const ratios = [];
  let [plainNs, heldNs] = [0, 0];
  for (let i = 0; i < blocks + 20; i++) {
    let a, b;
    if (i % 2) [a, b] = [Number(await plain.ask()), Number(await held.ask())];
    else [b, a] = [Number(await held.ask()), Number(await plain.ask())];
    if (i < 20) continue;
    ratios.push(b / a);
    plainNs += a;
    heldNs += b;
  }
  ratios.sort((a, b) => a - b);
  const rank = signRank(ratios.length);
  const [low, middle, high] = [rank, ratios.length >> 1, ratios.length - 1 - rank].map(
    (i) => ratios[i],
  );
  const us = (ns) => (ns / blocks / 200 / 1000).toFixed(2);
  const beyond = low > 1 + LIMIT || high < 1 - LIMIT;
  console.log(
    `${name.padEnd(12)} ${us(plainNs)} us without, ${us(heldNs)} us with: ${middle.toFixed(4)} [${low.toFixed(4)} .. ${high.toFixed(4)}]${beyond ? ' beyond 2 %' : ''}`,
  );
  return !beyond;
}

if (!existsSync(options.library)) throw new Error(`${options.library} isn't there: npm run build`);
let good = true;
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(WAYS)) {
    if (!WAYS[name]) throw new Error(`${name} is none of ${Object.keys(WAYS).join(' ')}`);
    good = (await measure(name)) && good;
  }
} finally {
  for (const child of running) child.kill();
}
process.exitCode = good ? 0 : 1;
