/**
 * The two reference distributions that the intervals of bootstrap.ts need.
 * simple-statistics tabulates the normal one to four decimals, too coarse for
 * the tails used there, and has no Student quantile.
 */

/**
 * P(Z <= z) of the standard normal distribution.
 *
 * Through Student's distribution at many degrees of freedom it would be an
 * approximation; here it is the regularised incomplete gamma function,
 * P(Z <= -z) = Q(1/2, z²/2) / 2, by series or continued fraction (Press et al.,
 * Numerical Recipes, 6.2). Relative error below 1e-12 in either tail.
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const upperTail = upperGammaHalf((z * z) / 2) / 2;
  return z > 0 ? 1 - upperTail : upperTail;
}

/**
 * P(T <= t) of Student's t distribution, by the regularised incomplete beta
 * function (Abramowitz & Stegun 26.7.1).
 *
 * @param df degrees of freedom, above 0, not necessarily whole (Welch)
 */
export function studentCdf(t: number, df: number): number {
  if (!(df > 0)) throw new RangeError(`degrees of freedom are above 0, not ${df}`);
  const tail = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/**
 * The p-quantile of Student's t distribution, by bisection on `studentCdf`.
 *
 * @param p strictly between 0 and 1
 * @param df degrees of freedom, above 0
 */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a quantile wants p between 0 and 1, not ${p}`);
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let low = 0;
  let high = 1;
  while (studentCdf(high, df) < p) high *= 2;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (studentCdf(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const EPSILON = 1e-15;
const TINY = 1e-300;

/** Q(1/2, x), the upper regularised incomplete gamma function. */
function upperGammaHalf(x: number): number {
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const scale = Math.exp(-x) * Math.sqrt(x / Math.PI);
  if (x < 1.5) {
    let term = 2;
    let sum = 2;
    for (let a = 1.5; term > sum * EPSILON; a++) {
      term *= x / a;
      sum += term;
    }
    return 1 - sum * scale;
  }
  let b = x + 0.5;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < 500; i++) {
    const a = -i * (i - 0.5);
    b += 2;
    d = 1 / nonZero(a * d + b);
    c = nonZero(b + a / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < EPSILON) break;
  }
  return scale * fraction;
}

/** I_x(a, b), by Lentz's continued fraction (Press et al., Numerical Recipes, 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < EPSILON) break;
  }
  return fraction;
}

/** Lanczos' approximation with g = 7 and nine terms (Godfrey), for x > 0; relative error near 1e-15. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const shifted = x - 1;
  const sum = terms.reduce(
    (total, term, i) => total + term / (shifted + i + 1),
    0.9999999999998099,
  );
  const base = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
