// Does the harness distort what it measures? Runs a plain program and ipcbench in
// turn, alternating which goes first, and prints the ratio of their figures.
//
//   node scripts/harness-bias.mjs perf [PAIRS]     pipe round trip against `perf bench sched
//                                                  pipe`, both placed by the scheduler
//   node scripts/harness-bias.mjs echo [PAIRS]     round trips of 1 byte against bare C loops
//                                                  (native/tests/bare_loop.c), on one processor
//   node scripts/harness-bias.mjs stream [PAIRS]   4 KiB messages one way, on two processors
//
// A plain loop has a mean only, so means are compared with means; for perf our
// median is shown too. perf comes with Debian's linux-perf.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [what = 'perf', pairsTyped = '10'] = process.argv.slice(2);
const pairs = Number(pairsTyped);
const folder = mkdtempSync(join(tmpdir(), 'ipcbench-bias-'));

const run = (command, args) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const perf = () =>
  Number(/([\d.]+) usecs\/op/.exec(run('perf', ['bench', 'sched', 'pipe', '-l', '45000']))[1]) *
  1000;

const bare = (pattern, probe, bytes, count, cpus) =>
  Number(
    run(
      join(root, 'build/native/tests/bare-loop'),
      [pattern, probe, bytes, count, ...cpus].map(String),
    ),
  );

const ipcbench = (pattern, probe, bytes, placement, duration) => {
  const args = ['run', probe, '--pattern', pattern, '--size', bytes, '--placement', placement];
  const rest = [
    '--trials',
    '1',
    '--duration',
    duration,
    '--json',
    '--output',
    join(folder, 'run.json'),
  ];
  const document = JSON.parse(run(join(root, 'bin/run.js'), [...args, ...rest].map(String)));
  const cell = document.results.find((result) => result.probe === probe);
  return { median: (cell.rtt_ns ?? cell.message_ns).median, mean: 1e9 / cell.ops_per_s };
};

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const us = (ns) => (ns / 1000).toFixed(3).padStart(10);

/** Alternates the two and prints a line: medians over all pairs, and the median of the pairs' ratios. */
function compare(name, plain, own, each = false) {
  const rows = [];
  for (let pair = 0; pair < pairs; pair++) {
    const first = pair % 2 ? undefined : plain();
    const figures = own();
    rows.push({ plain: first ?? plain(), ...figures });
    const last = rows.at(-1);
    if (each)
      console.log(
        `  pair ${pair + 1}: plain ${us(last.plain)} us, ipcbench mean ${us(last.mean)} us, median ${us(last.median)} us`,
      );
  }
  const of = (key) => median(rows.map((row) => row[key]));
  const ratio = (key) => median(rows.map((row) => row[key] / row.plain)).toFixed(3);
  console.log(
    `${name.padEnd(12)} plain ${us(of('plain'))} us  ipcbench mean ${us(of('mean'))} us  ratio ${ratio('mean')}  (median ${us(of('median'))} us, ratio ${ratio('median')})`,
  );
}

try {
  if (what === 'perf') {
    compare('pipe', perf, () => ipcbench('echo', 'pipe', 1, 'free', '3s'), true);
  } else if (what === 'echo') {
    for (const probe of [
      'pipe',
      'unix-stream',
      'tcp',
      'udp',
      'posix-mq',
      'eventfd',
      'futex',
      'sysv-msg',
    ]) {
      compare(
        probe,
        () => bare('echo', probe, 1, 100_000, [0, 0]),
        () => ipcbench('echo', probe, 1, 'same-core', '1s'),
      );
    }
  } else if (what === 'stream') {
    for (const probe of ['pipe', 'unix-stream', 'tcp']) {
      compare(
        probe,
        () => bare('stream', probe, 4096, 400_000, [0, 1]),
        () => ipcbench('stream', probe, 4096, 'two-cores', '1s'),
      );
    }
  } else {
    console.error('usage: harness-bias.mjs perf|echo|stream [PAIRS]');
    process.exitCode = 2;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
