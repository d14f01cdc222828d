// Does the anatomy of a round trip add up? Profiles six mechanisms at four sizes and prints, for
// client and server: the sum of the parts over the elapsed time, the share of samples that no rule
// attributes, the share of getrusage's processor time that samples stand for, the split of
// processor time by each source, and whether strace and bpftrace counted the same system calls.
//
//   sudo node scripts/profile-sums.mjs [PROBE,...] [FLAG...]
//
// Exit code 1 when a sum is off by more than 5 %, or more than 5 % are unattributed. strace and
// bpftrace count in trials of their own here, so that calls differ where a message is read in as
// many pieces as timing has it, or a wait is spared; attached to one trial they must agree, which
// test/collect/collectors.test.ts sees to.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const PROBES = 'pipe,unix-stream,tcp,sysv-msg,doors,fast-mmap-sem';
const [probes = PROBES, ...flags] = process.argv.slice(2);
const common = ['--size', '1,4k,64k,1m', '--placement', 'two-cores', '--seed', '1'];
const collectors = ['--collector', 'rusage,perf-sampling,bpftrace,strace-count'];

function profileOf(probe) {
  const folder = mkdtempSync(join(tmpdir(), 'ipcbench-sums-'));
  const output = join(folder, 'profile.json');
  try {
    const args = [command, 'profile', probe, ...common, ...collectors, ...flags, '-o', output];
    execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    return JSON.parse(readFileSync(output, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const percent = (share) => (share === null ? '-' : (100 * share).toFixed(1));

function callsAgree({ system_calls: calls }) {
  const told = calls.filter(
    ({ by_strace, by_bpftrace }) => by_strace !== null || by_bpftrace !== null,
  );
  return told.every(({ by_strace, by_bpftrace }) => by_strace === by_bpftrace);
}

function splits({ modes }) {
  return modes.map(({ source, system_share }) => `${source} ${percent(system_share)}`).join(', ');
}

let good = true;
console.log(
  'probe size wait side | sum % | unattributed % | covered % | system time % by source | calls',
);
for (const probe of probes.split(',')) {
  for (const cell of profileOf(probe).cells) {
    if (cell.sides === null) {
      console.log(`${probe} ${cell.size_bytes} ${cell.wait}: ${cell.status}: ${cell.reason}`);
      good &&= cell.status === 'unavailable';
      continue;
    }
    for (const [name, side] of Object.entries(cell.sides)) {
      const agree = callsAgree(side);
      const figures = [percent(side.sum_share), percent(side.unattributed_share)];
      figures.push(percent(side.sample_coverage), splits(side), agree ? 'same' : 'differ');
      console.log(`${probe} ${cell.size_bytes} ${cell.wait} ${name} | ${figures.join(' | ')}`);
      good &&= Math.abs(side.sum_share - 1) <= 0.05 && side.unattributed_share <= 0.05;
    }
  }
}
process.exitCode = good ? 0 : 1;
