import type { Traced } from '../session/trace.js';
import { duration, lastPlace } from './quantity.js';

/** One or two lines on what was traced. */
export function traceReport({ outcome, cell, tracer, problem }: Traced): string {
  const said = problem === null ? '' : `${problem}\n`;
  if (outcome.status !== 'ok')
    return `${said}${cell.probe}: ${outcome.status}: ${outcome.reason}\n`;
  const mean = outcome.windowNs / outcome.ops;
  const time = duration(mean, lastPlace(mean, mean / 100));
  return `${said}${cell.probe}: ${outcome.ops} operations, ${time} each on average with ${tracer} attached\n`;
}
