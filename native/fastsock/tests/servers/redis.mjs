// redis-server: epoll, one thread, forks to save.
import { check, expect, needs, sleep } from './run.mjs';

const missing = needs(['redis-server', 'redis-server'], ['redis-benchmark', 'redis-tools']);

async function start(run, extra = []) {
  const port = await run.port();
  await run.server(
    'redis-server',
    ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', run.folder].concat(
      ['--dbfilename', `dump-${port}.rdb`, '--daemonize', 'no'],
      extra,
    ),
    { port },
  );
  return port;
}

// Two servers talk to each other: one side alone is both sides of that.
const amongServers = (program) => Object.assign(program, { amongServers: true });

const cli = (run, port, args) => run.client('redis-cli', ['-h', '127.0.0.1', '-p', port, ...args]);

/** Requests per second vary: only that every test has a figure counts. */
async function benchmark(run) {
  const port = await start(run);
  const common = ['-h', '127.0.0.1', '-p', port, '-q', '--csv', '-t', 'set,get,lpush,mset'];
  const names = [];
  for (const args of [
    ['-c', 1, '-n', 1000],
    ['-c', 50, '-n', 4000],
    ['-c', 20, '-n', 8000, '-P', 16],
    ['-c', 10, '-n', 500, '-d', 30000],
  ]) {
    const text = await run.client('redis-benchmark', [...common, ...args]);
    names.push(
      [...text.matchAll(/^"([A-Z]+)[^"]*","([\d.]+)"/gm)]
        .filter((m) => Number(m[2]) > 0)
        .map((m) => m[1]),
    );
  }
  return names;
}

async function commands(run) {
  const port = await start(run);
  const large = 'x'.repeat(300000);
  const lines = [
    'SET a 1',
    'INCR a',
    `SET large ${large}`,
    'STRLEN large',
    'GET large',
    'LRANGE none 0 -1',
  ];
  const piped = await run.client('redis-cli', ['-h', '127.0.0.1', '-p', port], {
    input: `${lines.join('\n')}\n`,
  });
  return [
    piped.length,
    piped.startsWith('OK\n2\nOK\n300000\n'),
    (await cli(run, port, ['GET', 'a'])).trim(),
  ];
}

/** Forks while clients write; what was saved is what was there. */
async function snapshots(run) {
  const port = await start(run);
  await cli(run, port, ['DEBUG', 'POPULATE', '20000', 'key', '100']).catch(() => '');
  const load = run.client('redis-benchmark', [
    '-h',
    '127.0.0.1',
    '-p',
    port,
    '-q',
    '-c',
    20,
    '-n',
    30000,
    '-r',
    10000,
    '-t',
    'set',
  ]);
  for (let i = 0; i < 3; i++) {
    await cli(run, port, ['BGSAVE']).catch(() => '');
    await sleep(100);
  }
  await load;
  for (let i = 0; i < 100; i++) {
    const info = await cli(run, port, ['INFO', 'persistence']);
    if (/rdb_bgsave_in_progress:0/.test(info)) {
      expect(/rdb_last_bgsave_status:ok/.test(info), `BGSAVE failed: ${info}`);
      break;
    }
    await sleep(20);
  }
  return [(await cli(run, port, ['PING'])).trim()];
}

/** One instance follows another; the stream of writes goes from server to server. */
async function replication(run) {
  const first = await start(run, ['--repl-diskless-sync-delay', '0']);
  await cli(run, first, ['SET', 'before', '1']);
  const second = await start(run, ['--replicaof', '127.0.0.1', String(first)]);
  for (let i = 0; i < 300; i++) {
    if (/master_link_status:up/.test(await cli(run, second, ['INFO', 'replication']))) break;
    await sleep(30);
  }
  await run.client('redis-benchmark', [
    '-h',
    '127.0.0.1',
    '-p',
    first,
    '-q',
    '-c',
    5,
    '-n',
    5000,
    '-r',
    1000,
    '-t',
    'set',
  ]);
  const written = [
    'redis-cli',
    ['-h', '127.0.0.1', '-p', first],
    { input: 'SET after 2\nWAIT 1 5000\n' },
  ];
  const waited = (await run.client(...written)).trim();
  const sizes = [await cli(run, first, ['DBSIZE']), await cli(run, second, ['DBSIZE'])];
  return [
    waited,
    sizes[0] === sizes[1],
    (await cli(run, second, ['MGET', 'before', 'after'])).trim(),
  ];
}

export const redis = {
  commands: check(missing, commands),
  benchmark: check(missing, benchmark),
  snapshots: check(missing, snapshots),
  replication: amongServers(check(missing, replication)),
};
