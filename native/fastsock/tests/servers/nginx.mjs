// nginx: a master, workers that accept, epoll with edge triggers, sendfile.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, expect, needs, sleep } from './run.mjs';

const missing = needs(['nginx', 'nginx-light'], ['curl', 'curl'], ['wrk', 'wrk']);
let number = 0;

const config = (folder, port, workers) => `
worker_processes ${workers};
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 512; }
http {
  access_log off;
  sendfile on;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/www;
    location /proxied/ { proxy_pass http://127.0.0.1:${port}/; proxy_http_version 1.1; }
  }
}
`;

async function start(run, workers = 2) {
  const folder = join(run.folder, `nginx-${number++}`);
  const port = await run.port();
  mkdirSync(join(folder, 'www'), { recursive: true });
  const large = randomBytes(5000000);
  writeFileSync(join(folder, 'www/small'), 'x'.repeat(612));
  writeFileSync(join(folder, 'www/large'), large);
  writeFileSync(join(folder, 'nginx.conf'), config(folder, port, workers));
  // The directive of the workers' user says nothing when nobody may change it.
  const state = await run.server(
    'nginx',
    [
      '-p',
      folder,
      '-c',
      join(folder, 'nginx.conf'),
      '-g',
      `user ${process.getuid() === 0 ? 'root' : 'nobody'};`,
    ],
    { port },
  );
  return { port, state, sum: createHash('sha256').update(large).digest('hex') };
}

async function files(run) {
  const { port, sum } = await start(run);
  const base = `http://127.0.0.1:${port}`;
  const small = await run.client('curl', ['-sS', `${base}/small`, `${base}/small`, `${base}/none`]);
  const target = join(run.folder, `large-${port}`);
  const hash = (text) => text.split(' ')[0] === sum;
  const sums = [];
  for (const path of ['large', 'proxied/large']) {
    await run.client('curl', ['-sS', '--max-time', '10', '-o', target, `${base}/${path}`]);
    sums.push(hash(await run.client('sha256sum', [target])));
  }
  const part = await run.client('curl', [
    '-sS',
    '-r',
    '1000-1999',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code} %{size_download}',
    `${base}/large`,
  ]);
  return [small.length, ...sums, part];
}

async function load(run) {
  const { port } = await start(run);
  const text = await run.client('wrk', [
    '-t',
    1,
    '-c',
    20,
    '-d',
    1,
    `http://127.0.0.1:${port}/small`,
  ]);
  expect(!/Socket errors|Non-2xx/.test(text), text);
  expect(Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]) > 100, text);
  return 'served';
}

/** New workers take over while requests are served; none is lost. */
async function reload(run) {
  const { port, state } = await start(run);
  const traffic = run.client('wrk', ['-t', 1, '-c', 10, '-d', 1, `http://127.0.0.1:${port}/small`]);
  await sleep(300);
  state.child.kill('SIGHUP');
  const text = await traffic;
  expect(!/Non-2xx/.test(text), text);
  const after = await run.client('curl', ['-sS', `http://127.0.0.1:${port}/small`]);
  const { status, signal } = await run.stop(state, 'SIGQUIT');
  return [after.length, status, signal];
}

export const nginx = {
  // It asks itself.
  files: Object.assign(check(missing, files), { amongServers: true }),
  // A second each: two modes will do.
  load: Object.assign(check(missing, load), { only: ['none', 'both'] }),
  reload: Object.assign(check(missing, reload), { only: ['none', 'both'] }),
};
