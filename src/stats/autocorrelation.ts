/**
 * The correlation of a series with itself, `lag` places later: the estimator of
 * Box & Jenkins, Time Series Analysis, 1970, ch. 2, which R's acf() has (sums over
 * all n, mean of the whole series).
 *
 * @param series in time order
 * @param lag at least 0
 * @returns from -1 to 1; null for a constant series or one that isn't longer than the lag
 * @throws RangeError for a lag that is no count
 */
export function autocorrelation(series: ArrayLike<number>, lag = 1): number | null {
  if (!(Number.isInteger(lag) && lag >= 0)) throw new RangeError(`a lag is counted, not ${lag}`);
  const n = series.length;
  if (n <= lag) return null;
  const mean = meanOf(series);
  const variance = covariance(series, mean, 0);
  // A constant can leave the rounding of its mean.
  if (variance <= (Math.abs(mean) * 1e-12) ** 2 * n) return null;
  return covariance(series, mean, lag) / variance;
}

/** How far the sums over lags go at most; what is correlated over more is drift. */
const MAX_LAG = 1000;

/**
 * How many independent values would say as much about the mean as the series
 * does: n / (1 + 2 Σ r_k), the sum over lags ended by Geyer's initial positive
 * sequence ("Practical Markov Chain Monte Carlo", Statistical Science 7(4), 1992):
 * pairs of neighbouring lags are added while they are positive. At most n: what
 * alternates is not given credit for it.
 *
 * @param series in time order
 * @returns null where there is no autocorrelation to speak of (see above)
 */
export function effectiveSampleSize(series: ArrayLike<number>): number | null {
  const n = series.length;
  if (autocorrelation(series) === null) return null;
  const mean = meanOf(series);
  const variance = covariance(series, mean, 0);
  let sum = 0;
  for (let lag = 0; lag + 1 < Math.min(n, MAX_LAG); lag += 2) {
    const pair = covariance(series, mean, lag) + covariance(series, mean, lag + 1);
    if (pair <= 0) break;
    sum += pair / variance;
  }
  // The pairs began with lag 0, whose correlation of 1 counts once.
  return Math.min(n, n / Math.max(2 * sum - 1, 1));
}

function meanOf(series: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < series.length; i++) sum += series[i] as number;
  return sum / series.length;
}

/** Not divided by n: only quotients of two are used. */
function covariance(series: ArrayLike<number>, mean: number, lag: number): number {
  let sum = 0;
  for (let i = lag; i < series.length; i++) {
    sum += ((series[i] as number) - mean) * ((series[i - lag] as number) - mean);
  }
  return sum;
}
