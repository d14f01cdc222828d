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
// The true ratio of one comparison is 1 + g d / a, where a is its own median of the plain side and d
// the delay that it asked for: a shared host is now fast, now slow, and the same delay is another
// share of the round trip. g is what is really added per nanosecond, the median over all
// comparisons of (ratio - 1) a / d: a delay is ended by a reading of the clock (27 ns), and
// intervals are narrower than that.
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

/** What the plain side takes: the median of a few comparisons with itself. */
function plainNs(probe, floor) {
  const plain = side(probe, floor);
  const pairs = Array.from({ length: 3 }, () => compare([plain, plain, ...where]).pairs[0]);
  return median(pairs.flatMap(({ a, b }) => [a.median_ns, b.median_ns]));
}

function holds(interval, value) {
  return interval !== null && interval[0] <= value && value <= interval[1];
}

/** What is really added per nanosecond of delay that was asked for. */
const gainOf = (trials) =>
  median(trials.map(({ delay, pair: { ratio, a } }) => ((ratio - 1) * a.median_ns) / delay));

let good = true;
for (const probe of probesText.split(',')) {
  const floor = FLOOR_NS[probe] ?? DEFAULT_FLOOR_NS;
  const first = plainNs(probe, floor);
  const trials = [];
  for (let i = 0; i < times; i++) {
    // The machine is now fast, now slow: the delay follows, so that the effect stays near 5 %.
    const lately = trials.slice(-9);
    const plain = lately.length < 9 ? first : median(lately.map(({ pair }) => pair.a.median_ns));
    const gain = lately.length < 9 ? 1 : gainOf(trials);
    const delay = Math.round((EFFECT * plain) / gain);
    const sides = [side(probe, floor), side(probe, floor + delay)];
    const [pair] = compare([...sides, ...where, '--seed', String(i + 1)]).pairs;
    trials.push({ delay, pair });
  }
  const gain = gainOf(trials);
  const truth = ({ delay, pair }) => 1 + (gain * delay) / pair.a.median_ns;
  const found = trials.filter(({ pair }) => pair.verdict === 'faster').length;
  const held = trials.filter((trial) => holds(trial.pair.ci95, truth(trial))).length;
  good &&= found >= 0.9 * times && held >= 0.93 * times;
  const pairs = trials.map(({ pair }) => pair);
  const widths = pairs.flatMap(({ ci95 }) => (ci95 ? [(ci95[1] - ci95[0]) / 2] : []));
  console.log(
    `${probe.padEnd(16)} median delay ${median(trials.map(({ delay }) => delay))} ns (${gain.toFixed(3)} of it added), ` +
      `median true ratio ${median(trials.map(truth)).toFixed(4)}: found ${found} of ${times}, ` +
      `interval holds it ${held} of ${times}, median half-width ${(100 * median(widths)).toFixed(2)} %, ` +
      `median ratio ${median(pairs.map(({ ratio }) => ratio)).toFixed(4)}`,
  );
}
process.exitCode = good ? 0 : 1;
