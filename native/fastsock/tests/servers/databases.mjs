// Databases: a process or a thread per connection, TLS, and large answers.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { check, expect, needs } from './run.mjs';

const POSTGRES = '/usr/lib/postgresql/15/bin';
let number = 0;

/** It refuses to run as root. */
const asOther = (command, args) =>
  process.getuid() === 0
    ? ['runuser', ['-u', 'postgres', '--', command, ...args]]
    : [command, args];

function initialise(run) {
  const folder = join(run.folder, `postgres-${number++}`);
  chmodSync(run.folder, 0o711);
  mkdirSync(folder);
  if (process.getuid() === 0) spawnSync('chown', ['postgres', folder]);
  const [command, args] = asOther(`${POSTGRES}/initdb`, ['-D', folder, '-A', 'trust', '-N']);
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: '/' });
  expect(status === 0, `initdb: ${stderr}`);
  return folder;
}

let postgresFolder;

async function postgres(run) {
  postgresFolder ??= initialise(run);
  const port = await run.port();
  const options = ['-D', postgresFolder, '-p', port, '-h', '127.0.0.1', '-k', '', '-F'];
  await run.server(...asOther(`${POSTGRES}/postgres`, options), { port });
  const to = ['-h', '127.0.0.1', '-p', port];
  const ask = (command, args, input = '') =>
    run.client(...asOther(`${POSTGRES}/${command}`, [...to, ...args]), { input });
  const sql = (text) => ask('psql', ['-qAt', '-d', 'postgres', '-c', text]);
  // It listens before it answers.
  for (let left = 100; ; left--) {
    const ready = await ask('pg_isready', ['-q']).then(
      () => true,
      () => false,
    );
    if (ready) break;
    if (left === 0) throw new Error('postgres does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await ask('pgbench', ['-i', '-q', '-d', 'postgres']);
  const bench = await ask('pgbench', ['-d', 'postgres', '-c', 4, '-t', 50, '-n']);
  const only = await ask('pgbench', ['-d', 'postgres', '-c', 2, '-t', 5, '-S', '-C', '-n']);
  const prepared = await ask('pgbench', [
    '-d',
    'postgres',
    '-t',
    200,
    '-S',
    '-M',
    'prepared',
    '-n',
  ]);
  const copied = await ask(
    'psql',
    [
      '-qAt',
      '-d',
      'postgres',
      '-c',
      'create temp table t(a int); copy t from stdin; select sum(a) from t',
    ],
    Array.from({ length: 20000 }, (_, i) => `${i}\n`).join(''),
  ).catch((error) => error.message);
  const done = (text) => /actually processed: (\d+)/.exec(text)?.[1];
  return [
    done(bench),
    done(only),
    done(prepared),
    copied,
    await sql("select length(string_agg(repeat('x', 1000), '')) from generate_series(1, 3000)"),
    (await sql("select repeat('y', 3000000)")).length,
    (await sql('select count(*) from pgbench_accounts')).trim(),
  ];
}

async function mariadb(run) {
  const folder = join(run.folder, `mariadb-${number++}`);
  const user = process.getuid() === 0 ? ['--user=root'] : [];
  const { status, stderr } = spawnSync(
    'mariadb-install-db',
    [`--datadir=${folder}`, '--auth-root-authentication-method=normal', ...user],
    { encoding: 'utf8' },
  );
  expect(status === 0, `mariadb-install-db: ${stderr}`);
  const port = await run.port();
  await run.server(
    'mariadbd',
    [`--datadir=${folder}`, `--port=${port}`, '--bind-address=127.0.0.1', ...user].concat([
      // Once there is an io_uring in a process, its connections stay with the kernel.
      '--innodb-use-native-aio=0',
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
    ]),
    { port },
  );
  const to = ['-h', '127.0.0.1', '-P', port, '-u', 'root', '--protocol=tcp'];
  const sql = (text) => run.client('mariadb', [...to, '-N'], { input: text });
  const answer = await sql(`create database d; use d; create table t(a int, b longtext);
${Array.from({ length: 300 }, (_, i) => `insert into t values(${i}, repeat('z', ${i * 10}));`).join('\n')}
select sum(a), sum(length(b)) from t; select repeat('x', 200000);`);
  const slap = await run.client('mariadb-slap', [
    ...to,
    '--auto-generate-sql',
    '--concurrency=8',
    '--number-of-queries=400',
  ]);
  return [answer.length, answer.slice(0, 20), /queries per client: (\d+)/.exec(slap)?.[1]];
}

const values = (count) =>
  Array.from({ length: count }, (_, i) => {
    const value = 'v'.repeat((i * 137) % 5000);
    return `set k${i} 0 0 ${value.length}\r\n${value}\r\n`;
  }).join('');

async function memcached(run) {
  const port = await run.port();
  const user = process.getuid() === 0 ? ['-u', 'root'] : [];
  await run.server('memcached', ['-l', '127.0.0.1', '-p', port, '-t', 2, '-U', 0, ...user], {
    port,
  });
  const keys = Array.from({ length: 400 }, (_, i) => `get k${i}\r\n`).join('');
  const ask = (input) =>
    // In small pieces: connections of a few calls stay with the kernel.
    run.client('socat', ['-b', '64', '-t', '10', '-', `TCP:127.0.0.1:${port}`], { input: `${input}quit\r\n` });
  const stored = await ask(values(400));
  const answers = await Promise.all([ask(keys), ask(keys), ask(keys)]);
  return [stored.split('STORED').length, ...answers.map((text) => text.length)];
}

export const databases = {
  postgres: check(
    needs([`${POSTGRES}/postgres`, 'postgresql-15'], ['runuser', 'util-linux']),
    postgres,
  ),
  mariadb: check(
    needs(['mariadbd', 'mariadb-server'], ['mariadb-slap', 'mariadb-client']),
    mariadb,
  ),
  memcached: check(needs(['memcached', 'memcached'], ['socat', 'socat']), memcached),
};
