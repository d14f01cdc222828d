import type { Table1, Table1Entry } from '../session/table1.js';
import { BOOTSTRAP_MIN_TRIALS } from '../stats/bootstrap.js';
import type { ResultDocument } from '../store/schema.js';
import { groupBy } from './group.js';
import { withinBlocks } from './method-words.js';
import { wrap } from './notes.js';
import { harnessNote, interruptedNote, problemNote, runNote, waitNote } from './table-notes.js';

/** Marks a median that was measured under another wait policy than its column says. */
export const OTHER_WAIT = '†';

/** `adaptive, two-cores` */
export function columnName({ wait, placement }: Table1['columns'][number]): string {
  return `${wait}, ${placement}`;
}

/** Why there is no median; null where there is one. */
export function whyMissing(entry: Table1Entry): string | null {
  if (entry.median_ns !== null) return null;
  const what = entry.status === 'unavailable' ? 'not available' : 'failed';
  const remedy = entry.remedy === null ? '' : ` (${entry.remedy})`;
  return `${what}: ${entry.reason ?? 'no reason known'}${remedy}`;
}

/** Reasons that no row has room for: of rows that have figures in another column. */
export function missingNotes({ columns, rows }: Table1): string[] {
  const partial = rows.filter(({ measured }) => measured.some((it) => whyMissing(it) === null));
  return columns.flatMap((column, i) => {
    const missing = partial.flatMap(({ probe, measured }) => {
      const why = whyMissing(measured[i] as Table1Entry);
      return why === null ? [] : [{ probe, why }];
    });
    return [...groupBy(missing, ({ why }) => why)].map(([why, some]) => {
      const whose =
        some.length === rows.length ? '' : ` (${some.map((it) => it.probe).join(', ')})`;
      return `${columnName(column)}${whose}: ${why}.`;
    });
  });
}

/** What a reader must know about the figures. */
export function table1Notes(table: Table1, document: ResultDocument): string[] {
  const measured = document.results.filter((cell) => cell.status === 'ok');
  const few = measured.some(({ trials }) => trials > 1 && trials < BOOTSTRAP_MIN_TRIALS);
  const notes = [
    document.run.complete ? null : interruptedNote(document),
    ...document.results.map(problemNote),
    ...otherWaitNotes(table),
    `RTT: round-trip time. Medians are of the trials’ medians, their intervals by bootstrap over trials${
      few ? ` (Student’s t on logarithms below ${BOOTSTRAP_MIN_TRIALS} trials)` : ''
    }.`,
    ratioNote(table),
    'Order: kept = every two mechanisms are separated (the interval of their ratio excludes 1) and as published; not kept = two are separated the other way round; undecided = neither.',
    'Ratio: yes = its whole interval is at least the published ratio; no = all of it is below; undecided = the published ratio lies within, or there is no interval.',
    waitNote(measured),
    `Published: ${table.published.title}; ${table.published.source}.`,
    harnessNote(document),
    runNote(document),
  ];
  return notes.filter((note) => note !== null);
}

function ratioNote({ rows }: Table1): string {
  const entries = rows.flatMap(({ measured }) => measured);
  const blocks = entries.flatMap((entry) => (entry.ratio_ci95 ? (entry.blocks ?? []) : []));
  const method = blocks.length === 0 ? 'of the medians' : withinBlocks(blocks);
  return `Ratios are to doors in the same column: ${method}.`;
}

function otherWaitNotes({ columns, rows }: Table1): string[] {
  const notes = rows.flatMap(({ probe, measured }) =>
    columns.flatMap(({ wait }, i) => {
      const entry = measured[i] as Table1Entry;
      if (entry.wait === wait || entry.median_ns === null) return [];
      return [
        `${OTHER_WAIT} ${probe} does not offer wait policy ${wait}: measured with ${entry.wait}.`,
      ];
    }),
  );
  return [...new Set(notes)];
}

/** What is not as it was when the table was published, a paragraph each. */
export function differences(table: Table1, document: ResultDocument, width: number): string[] {
  const rpc = table.rows.find(({ mechanism }) => mechanism === 'onc-rpc')?.probe ?? '';
  const linux = document.run.host.os === 'Linux';
  const paragraphs = [
    `Machine: ${table.published.machine}; here ${machineText(document)}.`,
    ...(linux ? [HAND_OVER] : []),
    'Processors: two-cores puts client and server on two of them, same-core both on one. The published table does not say where they ran.',
    payloadText(table),
    `ONC RPC: ${rpc}. ${TRANSPORTS[rpc] ?? ''}The published table names no transport (--rpc chooses).`,
  ];
  return paragraphs.flatMap((text) => wrap(`- ${text}`, width));
}

const HAND_OVER =
  'Waiting: in Solaris a door call hands the processor straight to the thread that serves it (shuttle). Linux has no such call, and these doors are a library: under block a call goes through sleeping, waking and the scheduler; under adaptive it stays in shared memory while both sides are awake, which takes two processors.';

const TRANSPORTS: Readonly<Record<string, string>> = {
  'onc-rpc-tcp': 'TCP is the default because the other four mechanisms lose no message either. ',
};

function payloadText({ published, rows }: Table1): string {
  const { payload_bytes: bytes } = published;
  const carrying = rows.flatMap(({ mechanism, probe }) => {
    const length = bytes[mechanism];
    return length === undefined ? [] : [`${length} B with ${probe}`];
  });
  return `Payload: 1 B each way with every mechanism, the smallest size here. Published: ${carrying.join(', ')}, none stated for the others; the door call is a null call.`;
}

function machineText({ run }: ResultDocument): string {
  const { cpu_model, cpus_allowed, os, kernel, virtualisation } = run.host;
  const count = Array.isArray(cpus_allowed) ? cpus_allowed.length : null;
  return [
    cpu_model ?? 'an unknown processor',
    ...(count === null ? [] : [`${count} ${count === 1 ? 'processor' : 'processors'} allowed`]),
    ...(virtualisation && virtualisation !== 'none' ? [`virtual (${virtualisation})`] : []),
    `${os ?? ''} ${kernel ?? ''}`.trim(),
  ].join(', ');
}
