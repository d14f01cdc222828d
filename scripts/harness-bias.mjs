// Does the harness distort what it measures? Runs `perf bench sched pipe` and
// `ipcbench run pipe` (1 byte, free placement, block) in turn and prints each
// pair with its ratio, then the median ratio. perf comes with Debian's linux-perf.
//
//   node scripts/harness-bias.mjs [PAIRS]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pairs = Number(process.argv[2] ?? 10);
const folder = mkdtempSync(join(tmpdir(), 'ipcbench-bias-'));

const perfUs = () => {
  const text = execFileSync('perf', ['bench', 'sched', 'pipe', '-l', '45000'], {
    encoding: 'utf8',
  });
  return Number(/([\d.]+) usecs\/op/.exec(text)[1]);
};

const ipcbench = () => {
  const args = ['run', 'pipe', '--size', '1', '--trials', '1', '--duration', '3s', '--json'];
  const output = ['--output', join(folder, 'run.json')];
  const text = execFileSync(join(root, 'bin', 'run.js'), [...args, ...output], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const cell = JSON.parse(text).results.find((result) => result.probe === 'pipe');
  return { median: cell.rtt_ns.median / 1000, mean: cell.rtt_ns.mean / 1000 };
};

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

try {
  const ratios = [];
  console.log('pair  perf mean (us)  ipcbench median  mean (us)  median/perf  mean/perf');
  for (let pair = 1; pair <= pairs; pair++) {
    // Which one goes first alternates, so that drift favours neither.
    let perf = pair % 2 ? perfUs() : 0;
    const own = ipcbench();
    perf ||= perfUs();
    ratios.push({ median: own.median / perf, mean: own.mean / perf, perf, own });
    const row = [perf, own.median, own.mean, own.median / perf, own.mean / perf];
    console.log(String(pair).padStart(4), row.map((v) => v.toFixed(3).padStart(12)).join(''));
  }
  for (const key of ['median', 'mean']) {
    const values = ratios.map((ratio) => ratio[key]);
    console.log(`median of ${key}/perf: ${median(values).toFixed(3)}`);
  }
  const perfs = median(ratios.map((ratio) => ratio.perf));
  const own = median(ratios.map((ratio) => ratio.own.median));
  console.log(
    `median over all pairs: ipcbench ${own.toFixed(2)} us, perf ${perfs.toFixed(2)} us, ratio ${(own / perfs).toFixed(3)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
