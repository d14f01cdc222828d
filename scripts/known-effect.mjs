// Is a known difference found, and is the true ratio within the interval? Compares a mechanism
// with itself plus a busy delay in the server of 5 % of its round trip (pattern rpc,
// --service-time). Both sides have a delay, so that what the delay itself costs is in both.
//
//   node scripts/known-effect.mjs [TIMES] [PROBE,...] [FLAG...]
//
// 100 times null and pipe with the default plan, 1 byte, both peers on one processor, unless told
// otherwise. Exit code 1 when fewer than 90 % are found or fewer than 93 % of the intervals hold the
// true ratio.
//
// The true ratio of one comparison is 1 + D / a, where a is its own median of the plain side: a
// shared host is now fast, now slow, and the same delay is another share of the round trip. D is
// the delay that was really added, the median over all comparisons of (ratio - 1) a: what is asked
// for is ended by a reading of the clock (27 ns), and intervals are narrower than that.
import { compare, count, median } from './compare-trials.mjs';

const EFFECT = 0.05;
/** Both sides' delay, in ns: the shorter one is what the delay's loop costs at least. */
const FLOOR_NS = { null: 10_000, pipe: 200 };
const DEFAULT_FLOOR_NS = 200;

const [timesText, probesText = 'null,pipe', ...flags] = process.argv.slice(2);
const times = count(timesText, 100);
const plan = flags.length > 0 ? flags : [];
const where = ['--size', '1', '--placement', 'same-core', ...plan];

const side = (probe, ns) => `${probe}:pattern=rpc,service-time=${ns}ns`;

/** 5 % of what the plain side takes, from one comparison with itself. */
function delayFor(probe, floor) {
  const plain = side(probe, floor);
  const [pair] = compare([plain, plain, ...where]).pairs;
  return Math.round(EFFECT * median([pair.a.median_ns, pair.b.median_ns]));
}

function holds(interval, value) {
  return interval !== null && interval[0] <= value && value <= interval[1];
}

let good = true;
for (const probe of probesText.split(',')) {
  const floor = FLOOR_NS[probe] ?? DEFAULT_FLOOR_NS;
  const delay = delayFor(probe, floor);
  const pairs = [];
  for (let i = 0; i < times; i++) {
    const sides = [side(probe, floor), side(probe, floor + delay)];
    const [pair] = compare([...sides, ...where, '--seed', String(i + 1)]).pairs;
    pairs.push(pair);
  }
  const added = median(pairs.map(({ ratio, a }) => (ratio - 1) * a.median_ns));
  const truth = ({ a }) => 1 + added / a.median_ns;
  const found = pairs.filter(({ verdict }) => verdict === 'faster').length;
  const held = pairs.filter((pair) => holds(pair.ci95, truth(pair))).length;
  good &&= found >= 0.9 * times && held >= 0.93 * times;
  const widths = pairs.flatMap(({ ci95 }) => (ci95 ? [(ci95[1] - ci95[0]) / 2] : []));
  console.log(
    `${probe.padEnd(16)} delay ${delay} ns, added ${added.toFixed(1)} ns, median true ratio ${median(pairs.map(truth)).toFixed(4)}: found ${found} of ${times}, ` +
      `interval holds it ${held} of ${times}, median half-width ${(100 * median(widths)).toFixed(2)} %, ` +
      `median ratio ${median(pairs.map(({ ratio }) => ratio)).toFixed(4)}`,
  );
}
process.exitCode = good ? 0 : 1;
