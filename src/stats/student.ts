import { studentQuantile } from './distributions.js';

/** Mean and unbiased variance of the logarithms of n values. */
interface LogMoments {
  readonly mean: number;
  readonly variance: number;
  readonly n: number;
}

/**
 * Student's interval of the mean of logarithms, back on the scale of the values:
 * of the median of a log-normal population.
 *
 * @param values at least 2, above 0
 * @param level strictly between 0 and 1
 */
export function studentLog(values: readonly number[], level: number): [low: number, high: number] {
  const { mean, variance, n } = logMoments(values);
  const half = studentQuantile((1 + level) / 2, n - 1) * Math.sqrt(variance / n);
  return [Math.exp(mean - half), Math.exp(mean + half)];
}

/**
 * Welch's interval of the difference of two means of logarithms, as a ratio a / b
 * (Welch, "The Generalization of Student's Problem when Several Different
 * Population Variances are Involved", Biometrika 34, 1947).
 *
 * @param a at least 2, above 0; b likewise
 * @param level strictly between 0 and 1
 */
export function welchLog(
  a: readonly number[],
  b: readonly number[],
  level: number,
): [low: number, high: number] {
  const left = logMoments(a);
  const right = logMoments(b);
  const error = left.variance / left.n + right.variance / right.n;
  const difference = left.mean - right.mean;
  if (error === 0) return [Math.exp(difference), Math.exp(difference)];
  const half = studentQuantile((1 + level) / 2, degreesOf(left, right)) * Math.sqrt(error);
  return [Math.exp(difference - half), Math.exp(difference + half)];
}

/**
 * Degrees of freedom of the difference of two means of logarithms (Welch and Satterthwaite): from
 * those of the smaller group, when all the variance is its, to those of both together.
 *
 * @param a at least 2, above 0; b likewise
 */
export function welchDegrees(a: readonly number[], b: readonly number[]): number {
  return degreesOf(logMoments(a), logMoments(b));
}

function degreesOf(left: LogMoments, right: LogMoments): number {
  const errorA = left.variance / left.n;
  const errorB = right.variance / right.n;
  const error = errorA + errorB;
  if (error === 0) return left.n + right.n - 2;
  return error ** 2 / (errorA ** 2 / (left.n - 1) + errorB ** 2 / (right.n - 1));
}

function logMoments(values: readonly number[]): LogMoments {
  const n = values.length;
  const logs = values.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / n;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (n - 1);
  return { mean, variance, n };
}
