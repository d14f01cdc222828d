import { type Journal, trialsByCell } from './journal.js';
import { runDocument } from './run-document.js';
import type { ResultDocument, RunRecord } from './schema.js';
import { type StopReason, stopState } from './stopping.js';
import { stoppingGroups } from './stopping-groups.js';

/** What a journal's run has come to: its finished trials are the result, which is incomplete. */
export function journalDocument(journal: Journal): ResultDocument {
  const { head } = journal.header;
  const { seed } = head.run;
  const records = trialsByCell(journal);
  const stops: (StopReason | null)[] = head.cells.map(() => null);
  for (const { cells, rules } of stoppingGroups(head)) {
    const measured = cells.filter((index) => records[index]?.[0]?.status === 'ok');
    const [index] = measured;
    if (index === undefined) continue;
    const own = measured.map((one) => records[one] ?? []);
    const reason = stopState(own, rules, { index, seed }).reason ?? 'interrupted';
    for (const one of measured) stops[one] = reason;
  }
  const resumed = resumptionsOf(journal);
  return runDocument(head, { records, stops, complete: false, ended: null, resumed });
}

/** When the run was taken up again. */
export function resumptionsOf({ resumptions }: Journal): NonNullable<RunRecord['resumed']> {
  return resumptions.map(({ resumed, trials }) => ({ ...resumed, trials }));
}
