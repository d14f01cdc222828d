// Daemons that fork for each connection and hand it on: rsync, git, sshd.
import { createHash, randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, expect, needs } from './run.mjs';

const sum = (data) => createHash('sha256').update(data).digest('hex');

function prepare(run) {
  const folder = mkdtempSync(join(run.folder, 'transfers-'));
  const large = randomBytes(2000000);
  mkdirSync(join(folder, 'source'));
  writeFileSync(join(folder, 'source/large'), large);
  for (let i = 0; i < 40; i++) writeFileSync(join(folder, `source/small-${i}`), 'x'.repeat(i));
  const same = (path) => sum(readFileSync(join(folder, path))) === sum(large);
  return { folder, same };
}

function prepared(command, args, cwd) {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  expect(status === 0, `${command} ${args[0]}: ${stderr}`);
}

async function rsync(run) {
  const { folder, same } = prepare(run);
  const port = await run.port();
  const config = join(folder, 'rsyncd.conf');
  const owner = process.getuid() === 0 ? 'uid = root\ngid = root\n' : '';
  writeFileSync(
    config,
    `use chroot = no\n${owner}[files]\npath = ${folder}/source\nread only = no\n`,
  );
  const daemon = ['--daemon', '--no-detach', '--address', '127.0.0.1', '--port', port];
  // With a socket as its stdin it takes itself for a child of inetd.
  const shell = ['-c', 'exec "$0" "$@" < /dev/null', 'rsync'];
  await run.server('sh', [...shell, ...daemon, '--config', config], { port });
  const url = `rsync://127.0.0.1:${port}/files`;
  await run.client('rsync', ['-a', `${url}/`, join(folder, 'got/')]);
  await run.client('rsync', ['-az', join(folder, 'got/large'), `${url}/sent`]);
  return [
    same('got/large'),
    same('source/sent'),
    readFileSync(join(folder, 'got/small-39')).length,
  ];
}

async function git(run) {
  const { folder, same } = prepare(run);
  const port = await run.port();
  const source = join(folder, 'source');
  const author = ['-c', 'user.name=nobody', '-c', 'user.email=nobody@localhost'];
  prepared('git', ['init', '-q'], source);
  prepared('git', ['add', '.'], source);
  prepared('git', [...author, 'commit', '-qm', 'all'], source);
  const daemon = ['daemon', `--port=${port}`, '--listen=127.0.0.1', '--export-all'];
  await run.server('git', [...daemon, '--enable=receive-pack', `--base-path=${folder}`], { port });
  const clone = join(folder, 'clone');
  await run.client('git', ['clone', '-q', `git://127.0.0.1:${port}/source`, clone]);
  await run.client('git', ['-C', clone, 'push', '-q', 'origin', 'HEAD:refs/heads/other']);
  const { stdout } = spawnSync('git', ['branch'], { cwd: source, encoding: 'utf8' });
  return [same('clone/large'), /\bother\b/.test(stdout)];
}

const SSHD = '/usr/sbin/sshd';

async function ssh(run) {
  const { folder, same } = prepare(run);
  const port = await run.port();
  const key = (name) => {
    prepared('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    return join(folder, name);
  };
  const [host, own] = [key('host'), key('own')];
  writeFileSync(
    join(folder, 'sshd_config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${host}
AuthorizedKeysFile ${own}.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin yes
Subsystem sftp internal-sftp
`,
  );
  await run.server(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], { port });
  const options = ['-F', 'none', '-i', own, '-o', 'LogLevel=ERROR'].concat(
    ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap((option) => [
      '-o',
      option,
    ]),
  );
  const input = 'line\n'.repeat(100000);
  const echoed = await run.client('ssh', [...options, '-p', port, '127.0.0.1', 'cat'], { input });
  await run.client('sftp', ['-q', ...options, '-P', port, '-b', '-', '127.0.0.1'], {
    input: `get ${folder}/source/large ${folder}/got\nput ${folder}/got ${folder}/sent\n`,
  });
  return [sum(echoed) === sum(input), same('got'), same('sent')];
}

const sshMissing = needs([SSHD, 'openssh-server'], ['sftp', 'openssh-client']);
const sshUnfit = () =>
  existsSync('/run/sshd') ? undefined : 'there is no /run/sshd, which sshd wants';

/** What is on stdio is the kernel's, and of sshd the part that runs as somebody else. */
const mayStay = (program) => Object.assign(program, { mayStay: true });

export const transfers = {
  rsync: check(needs(['rsync', 'rsync']), rsync),
  git: mayStay(check(needs(['git', 'git']), git)),
  ssh: mayStay(check(() => sshMissing() ?? (process.getuid() === 0 ? sshUnfit() : undefined), ssh)),
};
