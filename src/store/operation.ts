import type { CellResult, TimesRecord } from './schema.js';

/** The fields of a cell that hold the times of its pattern's operation. */
export type TimesField = 'rtt_ns' | 'message_ns' | 'connect_ns' | 'response_ns';

const FIELDS: Readonly<Record<string, TimesField>> = {
  echo: 'rtt_ns',
  rpc: 'rtt_ns',
  stream: 'message_ns',
  connect: 'connect_ns',
  load: 'response_ns',
};

/** Where a cell of this pattern has its times; a round trip unless the pattern is known. */
export function timesField(pattern: string): TimesField {
  return FIELDS[pattern] ?? 'rtt_ns';
}

/** The times of the cell's operation, whichever its pattern is; null without figures. */
export function operationTimes(cell: CellResult): TimesRecord | null {
  return cell[timesField(cell.pattern)];
}
