// How often is a mechanism told apart from itself? Compares it with itself many times and counts
// the comparisons in which any size is separated: each such verdict is false.
//
//   node scripts/aa.mjs [TIMES] [PROBE,...] [FLAG...]
//
// 100 times pipe with --quick unless told otherwise; `cheap` stands for every mechanism that is
// available and whose comparison takes about a second. Exit code 1 when more than 5 % are false.
import { compare, count, ipcbench } from './compare-trials.mjs';

/** Their trials take long to set up, or they measure no mechanism. */
const COSTLY = ['null', 'vsock'];

const [timesText, probesText = 'pipe', ...flags] = process.argv.slice(2);
const times = count(timesText, 100);
const probes = probesText === 'cheap' ? cheapProbes() : probesText.split(',');
const plan = flags.length > 0 ? flags : ['--quick'];

function cheapProbes() {
  return ipcbench(['list'])
    .filter(({ name, available }) => available && !COSTLY.includes(name))
    .map(({ name }) => name);
}

console.log(`compare PROBE PROBE ${plan.join(' ')}, ${times} times`);
let worst = 0;
for (const probe of probes) {
  let separated = 0;
  let pairs = 0;
  let pairsSeparated = 0;
  for (let i = 0; i < times; i++) {
    const comparison = compare([probe, probe, ...plan, '--seed', String(i + 1)]);
    const verdicts = comparison.pairs.map(({ verdict }) => verdict);
    const wrong = verdicts.filter((verdict) => verdict === 'faster' || verdict === 'slower').length;
    const told = verdicts.filter((verdict) => verdict !== 'not comparable').length;
    if (told === 0) {
      console.error(`${probe}: nothing was comparable`);
      process.exit(1);
    }
    separated += wrong > 0 ? 1 : 0;
    pairs += told;
    pairsSeparated += wrong;
  }
  worst = Math.max(worst, separated / times);
  console.log(
    `${probe.padEnd(16)} separated in ${separated} of ${times} comparisons (${pairsSeparated} of ${pairs} pairs)`,
  );
}
process.exitCode = worst > 0.05 ? 1 : 0;
