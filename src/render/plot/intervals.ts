import { durationWithInterval, halfWidth, lastPlace } from '../quantity.js';
import { isPublished, type PlotCell } from './source.js';

/** A median as a figure needs it; ends are null where there is no interval. */
export interface Point {
  readonly median: number;
  readonly low: number | null;
  readonly high: number | null;
  /** `5.21 µs [5.18 .. 5.25]`, for tooltips and labels. */
  readonly text: string;
}

/** Nothing below it can be drawn on a logarithmic axis. */
const LEAST_NS = 1e-3;

/** The median of a cell with its interval, in ns. */
export function pointOf({ document, times: { median, ci95 } }: PlotCell): Point {
  const place = lastPlace(median, halfWidth(ci95));
  return {
    median: Math.max(median, LEAST_NS),
    low: ci95 === null ? null : Math.max(ci95[0], LEAST_NS),
    high: ci95 === null ? null : Math.max(ci95[1], LEAST_NS),
    // A published figure has the digits that it was published with.
    text: isPublished(document)
      ? `${Number((median / 1000).toPrecision(9))} µs`
      : durationWithInterval(median, ci95, place).replace(' [n/a]', ''),
  };
}

/** Everything that an axis must have room for. */
export function extentOf(points: readonly Point[]): number[] {
  return points.flatMap(({ median, low, high }) => [median, low ?? median, high ?? median]);
}

/** What the bars of uncertainty are. */
export const INTERVAL_NOTE = 'Bars: 95 % confidence intervals of the median over trials.';
