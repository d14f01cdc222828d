import { type Journal, trialsByCell } from './journal.js';
import { runDocument, stoppingRules } from './run-document.js';
import type { ResultDocument, RunRecord } from './schema.js';
import { stopState } from './stopping.js';

/** What a journal's run has come to: its finished trials are the result, which is incomplete. */
export function journalDocument(journal: Journal): ResultDocument {
  const { head } = journal.header;
  const { seed } = head.run;
  const records = trialsByCell(journal);
  const stops = head.cells.map((cell, index) => {
    const own = records[index] ?? [];
    if (cell.unavailable !== null || own[0]?.status !== 'ok') return null;
    return stopState(own, stoppingRules(head, index), { index, seed }).reason ?? 'interrupted';
  });
  const resumed = resumptionsOf(journal);
  return runDocument(head, { records, stops, complete: false, ended: null, resumed });
}

/** When the run was taken up again. */
export function resumptionsOf({ resumptions }: Journal): NonNullable<RunRecord['resumed']> {
  return resumptions.map(({ resumed, trials }) => ({ ...resumed, trials }));
}
