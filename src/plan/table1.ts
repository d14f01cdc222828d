import type { ProbeDescriptor } from '../probes/types.js';
import type { NativeProbe } from '../runner/types.js';
import { TABLE1_MECHANISMS, type Table1Mechanism } from '../store/published.js';
import { type Selection, selectProbes } from './select.js';
import type { SettingsInput } from './settings.js';
import type { Placement, WaitPolicy } from './types.js';

/** Transports of ONC RPC, the end of their probes' names. */
export const RPC_TRANSPORTS = ['tcp', 'udp', 'unix'] as const;
export type RpcTransport = (typeof RPC_TRANSPORTS)[number];

/** A column of measurements: every mechanism under the same circumstances. */
export interface Table1Column {
  readonly wait: WaitPolicy;
  readonly placement: Placement;
}

/** Waiting and place are what Table 1 can't be compared without. */
export const TABLE1_COLUMNS: readonly Table1Column[] = [
  { wait: 'adaptive', placement: 'two-cores' },
  { wait: 'block', placement: 'two-cores' },
  { wait: 'block', placement: 'same-core' },
];

/** What stands for a mechanism of the paper here. */
export interface Table1Row {
  readonly mechanism: Table1Mechanism;
  readonly probe: string;
  /** The policy that it waits by in each column: the column's, or the nearest that it offers. */
  readonly waits: readonly WaitPolicy[];
}

/** Every place and policy that a column may take; the row's cells are chosen from their product. */
export const TABLE1_SETTINGS: SettingsInput = {
  size: '1',
  placement: [...new Set(TABLE1_COLUMNS.map(({ placement }) => placement))].join(','),
  wait: 'adaptive,block,spin',
};

const PROBES: Readonly<Record<Exclude<Table1Mechanism, 'onc-rpc'>, string>> = {
  doors: 'doors',
  'sysv-semaphores': 'sysv-sem',
  pipes: 'pipe',
  'sysv-messages': 'sysv-msg',
};

/**
 * Says which probe stands for each mechanism, and how it waits in each column.
 *
 * @param native what was compiled; a probe that wasn't keeps the columns' policies
 */
export function layOutTable1(rpc: RpcTransport, native: readonly NativeProbe[]): Table1Row[] {
  return TABLE1_MECHANISMS.map((mechanism) => {
    const probe = mechanism === 'onc-rpc' ? `onc-rpc-${rpc}` : PROBES[mechanism];
    const offered = native.find(({ name }) => name === probe)?.waits ?? [];
    const waits = TABLE1_COLUMNS.map(({ wait }) => nearestWait(wait, offered));
    return { mechanism, probe, waits };
  });
}

/** The cells of the table, each once even where it belongs to two columns. */
export function selectTable1(
  rows: readonly Table1Row[],
  descriptors: readonly ProbeDescriptor[],
): Selection {
  const names = rows.map(({ probe }) => probe);
  return {
    probes: selectProbes(names, descriptors),
    named: new Set(),
    keeps: (cell) =>
      rows.some(
        ({ probe, waits }) =>
          probe === cell.probe &&
          TABLE1_COLUMNS.some(
            ({ placement }, i) => placement === cell.placement && waits[i] === cell.wait,
          ),
      ),
  };
}

/** What comes closest to each policy: first what polls as it does, then what sleeps. */
const ALTERNATIVES: Readonly<Record<WaitPolicy, readonly WaitPolicy[]>> = {
  adaptive: ['adaptive', 'spin', 'block'],
  spin: ['spin', 'adaptive', 'block'],
  block: ['block', 'adaptive', 'spin'],
};

/** The policy itself where it is offered, else the nearest that is. */
export function nearestWait(wanted: WaitPolicy, offered: readonly string[]): WaitPolicy {
  return ALTERNATIVES[wanted].find((wait) => offered.includes(wait)) ?? wanted;
}
