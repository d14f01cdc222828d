// Web servers and proxies: preforked workers, threads, TLS, HTTP/2, half-closed tunnels.
import { createHash, randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, expect, needs } from './run.mjs';

let number = 0;

/** A folder with a small and a large file, and what the large one's sum is. */
function pages(run) {
  const folder = join(run.folder, `web-${number++}`);
  const large = randomBytes(3000000);
  mkdirSync(join(folder, 'www'), { recursive: true });
  writeFileSync(join(folder, 'www/small'), 'x'.repeat(612));
  writeFileSync(join(folder, 'www/large'), large);
  return { folder, sum: createHash('sha256').update(large).digest('hex') };
}

function certificate(folder) {
  const path = join(folder, 'both.pem');
  const { status } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', '/CN=localhost', '-keyout', path, '-out', `${path}.crt`],
  ]);
  expect(status === 0, 'no certificate');
  spawnSync('sh', ['-c', `cat ${path}.crt >> ${path}`]);
  return path;
}

/** Small ones over one connection, a large one, a part of it, an upload that is refused. */
async function fetchAll(run, base, sum, extra = []) {
  const curl = (...args) => run.client('curl', ['-sSk', '--max-time', '15', ...extra, ...args]);
  const target = join(run.folder, `got-${number++}`);
  const small = await curl(...Array.from({ length: 12 }, () => `${base}/small`));
  await curl('-o', target, `${base}/large`);
  const hash = await run.client('sha256sum', [target]);
  const part = await curl(
    '-r',
    '1000-250999',
    '-o',
    '/dev/null',
    '-w',
    '%{size_download}',
    `${base}/large`,
  );
  const repeated = await curl(`${base}/small?[1-20]`);
  return [small.length, hash.startsWith(sum), part, repeated.length];
}

const isRoot = process.getuid() === 0;

async function apache(run) {
  const { folder, sum } = pages(run);
  const port = await run.port();
  const modules = '/usr/lib/apache2/modules';
  writeFileSync(
    join(folder, 'conf'),
    `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
Listen 127.0.0.1:${port}
LoadModule mpm_event_module ${modules}/mod_mpm_event.so
LoadModule authz_core_module ${modules}/mod_authz_core.so
${isRoot ? 'User nobody\nGroup nogroup' : ''}
ErrorLog ${folder}/error.log
StartServers 2
DocumentRoot ${folder}/www
<Directory ${folder}/www>
Require all granted
</Directory>
`,
  );
  // Its workers are of another user.
  chmodSync(run.folder, 0o711);
  spawnSync('chmod', ['-R', 'a+rX', folder]);
  await run.server('apache2', ['-X', '-f', join(folder, 'conf')], { port });
  const base = `http://127.0.0.1:${port}`;
  const answers = await fetchAll(run, base, sum);
  const bench = await run.client('ab', ['-q', '-k', '-n', 600, '-c', 8, `${base}/small`]);
  return [
    ...answers,
    /Complete requests:\s+(\d+)/.exec(bench)?.[1],
    /Failed requests:\s+(\d+)/.exec(bench)?.[1],
  ];
}

async function lighttpd(run) {
  const { folder, sum } = pages(run);
  const port = await run.port();
  writeFileSync(
    join(folder, 'conf'),
    `server.document-root = "${folder}/www"
server.bind = "127.0.0.1"
server.port = ${port}
server.max-worker = 2
`,
  );
  await run.server('lighttpd', ['-D', '-f', join(folder, 'conf')], { port });
  return fetchAll(run, `http://127.0.0.1:${port}`, sum);
}

const APPLICATION = `
def application(environ, start):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size) if size else b"x" * 612
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
`;

/** Workers that are forked and accept from one socket. */
const wsgi = (command, args) => async (run) => {
  const { folder } = pages(run);
  const port = await run.port();
  writeFileSync(join(folder, 'application.py'), APPLICATION);
  await run.server(command, args(port, folder), { port });
  const base = `http://127.0.0.1:${port}/`;
  const curl = (...of) => run.client('curl', ['-sS', '--max-time', '15', ...of]);
  const small = await curl(`${base}?[1-20]`);
  const posted = await curl(
    '--data-binary',
    `@${folder}/www/large`,
    '-o',
    '/dev/null',
    '-w',
    '%{size_download}',
    base,
  );
  return [small.length, posted];
};

async function haproxy(run) {
  const { folder, sum } = pages(run);
  const [http, tcp, tls, behind] = [
    await run.port(),
    await run.port(),
    await run.port(),
    await run.port(),
  ];
  writeFileSync(
    join(folder, 'conf'),
    `global
  nbthread 2
defaults
  timeout client 20s
  timeout server 20s
  timeout connect 5s
frontend h
  mode http
  bind 127.0.0.1:${http}
  default_backend b
frontend s
  mode http
  bind 127.0.0.1:${tls} ssl crt ${certificate(folder)} alpn h2,http/1.1
  default_backend b
listen t
  mode tcp
  bind 127.0.0.1:${tcp}
  server w 127.0.0.1:${behind}
backend b
  mode http
  server w 127.0.0.1:${behind}
`,
  );
  writeFileSync(
    join(folder, 'lighttpd'),
    `server.document-root = "${folder}/www"\nserver.bind = "127.0.0.1"\nserver.port = ${behind}\n`,
  );
  await run.server('lighttpd', ['-D', '-f', join(folder, 'lighttpd')], { port: behind });
  await run.server('haproxy', ['-db', '-f', join(folder, 'conf')], { port: tcp });
  return [
    ...(await fetchAll(run, `http://127.0.0.1:${http}`, sum)),
    ...(await fetchAll(run, `http://127.0.0.1:${tcp}`, sum)),
    ...(await fetchAll(run, `https://127.0.0.1:${tls}`, sum, ['--http2'])),
  ];
}

async function stunnel(run) {
  const { folder, sum } = pages(run);
  const [outer, inner, behind] = [await run.port(), await run.port(), await run.port()];
  const pem = certificate(folder);
  const common = `foreground = yes\npid =\ndebug = 3\n`;
  writeFileSync(
    join(folder, 'server'),
    `${common}cert = ${pem}\n[s]\naccept = 127.0.0.1:${inner}\nconnect = 127.0.0.1:${behind}\n`,
  );
  writeFileSync(
    join(folder, 'client'),
    `${common}client = yes\n[c]\naccept = 127.0.0.1:${outer}\nconnect = 127.0.0.1:${inner}\n`,
  );
  writeFileSync(
    join(folder, 'lighttpd'),
    `server.document-root = "${folder}/www"\nserver.bind = "127.0.0.1"\nserver.port = ${behind}\n`,
  );
  await run.server('lighttpd', ['-D', '-f', join(folder, 'lighttpd')], { port: behind });
  await run.server('stunnel', [join(folder, 'server')], { port: inner });
  await run.server('stunnel', [join(folder, 'client')], { port: outer });
  return fetchAll(run, `http://127.0.0.1:${outer}`, sum);
}

async function http2(run) {
  const { folder } = pages(run);
  const port = await run.port();
  await run.server('nghttpd', ['--no-tls', '-n', 2, '-d', join(folder, 'www'), port], { port });
  const load = await run.client('h2load', [
    '-n',
    800,
    '-c',
    8,
    '-m',
    10,
    `http://127.0.0.1:${port}/small`,
  ]);
  const large = await run.client('h2load', [
    '-n',
    20,
    '-c',
    2,
    '-m',
    4,
    `http://127.0.0.1:${port}/large`,
  ]);
  return [load, large].map((text) => /requests: .*/.exec(text)?.[0]);
}

const curl = ['curl', 'curl'];
const amongServers = (program) => Object.assign(program, { amongServers: true });

/** A connection per request, or a worker of another user, is the kernel's. */
const mayStay = (program, stays = true) => Object.assign(program, { mayStay: stays });

export const web = {
  apache: mayStay(
    check(needs(['apache2', 'apache2-bin'], ['ab', 'apache2-utils'], curl), apache),
    isRoot,
  ),
  lighttpd: check(needs(['lighttpd', 'lighttpd'], curl), lighttpd),
  gunicorn: check(
    needs(['gunicorn', 'gunicorn'], curl),
    wsgi('gunicorn', (port, folder) => [
      '-b',
      `127.0.0.1:${port}`,
      '-w',
      2,
      '--threads',
      4,
      '--chdir',
      folder,
      'application:application',
    ]),
  ),
  uwsgi: mayStay(
    check(
      needs(['uwsgi', 'uwsgi-plugin-python3'], curl),
      wsgi('uwsgi', (port, folder) =>
        [
          '--plugin',
          'python3',
          '--http-socket',
          `127.0.0.1:${port}`,
          '--processes',
          3,
          '--master',
        ].concat(['--die-on-term', '--chdir', folder, '--module', 'application']),
      ),
    ),
  ),
  haproxy: amongServers(
    check(
      needs(['haproxy', 'haproxy'], ['lighttpd', 'lighttpd'], ['openssl', 'openssl'], curl),
      haproxy,
    ),
  ),
  stunnel: amongServers(
    check(
      needs(['stunnel', 'stunnel4'], ['lighttpd', 'lighttpd'], ['openssl', 'openssl'], curl),
      stunnel,
    ),
  ),
  'http/2': check(needs(['nghttpd', 'nghttp2-server'], ['h2load', 'nghttp2-client']), http2),
};
