import { describe, expect, it } from 'vitest';
import { rigorNotes, trialsText } from '../../src/render/rigor-notes.js';
import type { CellResult, ResultDocument } from '../../src/store/schema.js';
import { documentOf, exampleDocument } from '../fixtures/measurements.js';

const [, pipe, , , tcp] = exampleDocument().results as CellResult[];
const { plan } = documentOf([]).run;
const adaptive = { ...plan, trials: 50, min_trials: 5, precision: 0.01 } as NonNullable<
  ResultDocument['run']['plan']
>;

function cellWith(
  cell: CellResult | undefined,
  changes: Partial<CellResult>,
  verdicts: readonly ('steady' | 'drifting' | 'never steady')[] = [],
): CellResult {
  const base = cell as CellResult;
  const per_trial = base.per_trial.map((trial, i) => ({
    ...trial,
    steadiness: {
      verdict: verdicts[i] ?? ('steady' as const),
      tenths_ns: [],
      slope_per_tenth: 0,
      steady_from_tenth: null,
    },
  }));
  return { ...base, per_trial, ...changes };
}

describe('rigorNotes', () => {
  it('has nothing to say of a fixed plan whose trials were steady', () => {
    const cells = [cellWith(pipe, { stopped: 'fixed' }), cellWith(tcp, { stopped: 'fixed' })];
    expect(rigorNotes(documentOf(cells))).toEqual([]);
  });

  it('has nothing to say of a document that knows nothing of it', () => {
    expect(rigorNotes(documentOf([], { plan: null }))).toEqual([]);
  });

  it('says which rows reached the precision, and how near the others came', () => {
    const times = { ...pipe?.rtt_ns, median: 1000, ci95: [900, 1060] } as CellResult['rtt_ns'];
    const cells = [
      cellWith(tcp, { stopped: 'precision' }),
      cellWith(pipe, { stopped: 'max-trials', rtt_ns: times }),
    ];
    const [note, ...others] = rigorNotes(documentOf(cells, { plan: adaptive }));
    expect(others).toEqual([]);
    expect(note).toMatch(/within 1 % of the median \(precision\): 1 of 2 rows\./);
    expect(note).toMatch(/at 50 trials \(max-trials\): pipe \(1 B.*\) ± 8 %\.$/);
  });

  it('says which sizes had enough blocks', () => {
    const cells = [
      cellWith(tcp, { stopped: 'precision' }),
      cellWith(pipe, { stopped: 'max-trials' }),
    ];
    const plan = { ...adaptive, trials: 500, precision_of: 'ratio' as const };
    const [note] = rigorNotes(documentOf(cells, { plan }));
    expect(note).toContain('Blocks of a size stop when the intervals of all ratios');
    expect(note).toMatch(/within 1 % of the ratio \(precision\): 1 of 2 rows\./);
    expect(note).toMatch(/at 500 trials \(max-trials\): pipe \(1 B[^)]*\)\.$/);
  });

  it('says for how many rows the time was up', () => {
    const cells = [cellWith(tcp, { stopped: 'max-time' }), cellWith(pipe, { stopped: 'fixed' })];
    expect(rigorNotes(documentOf(cells))).toEqual([
      expect.stringMatching(/\(max-time\) for 1 of 2 rows/),
    ]);
  });

  it('names rows with trials that were not steady', () => {
    const verdicts = ['drifting', 'steady', 'never steady', 'drifting'] as const;
    const [note] = rigorNotes(documentOf([cellWith(pipe, {}, verdicts), cellWith(tcp, {})]));
    expect(note).toMatch(/: pipe \(1 B.*\) 2 drifting, 1 never steady \(of 5\)\. Drifting: /);
    expect(note).not.toContain('tcp');
  });

  it('names a few and counts the rest', () => {
    const cells = Array.from({ length: 8 }, () => cellWith(pipe, {}, ['drifting']));
    const [note] = rigorNotes(documentOf(cells));
    expect(note?.match(/1 drifting/g)).toHaveLength(5);
    expect(note).toContain('; and 3 more rows');
  });

  it('says that a run was resumed, and on what host', () => {
    const at = '2026-11-21T04:00:00.000Z';
    const resumed = [
      { at, trials: 7, host_differs: [] },
      { at, trials: 9, host_differs: ['kernel was "1" and is "2"'] },
    ];
    expect(rigorNotes(documentOf([], { resumed }))).toEqual([
      'This run was cut off and resumed 2 times, after 7, 9 trials. The host had changed: kernel was "1" and is "2".',
    ]);
  });
});

describe('trialsText', () => {
  it('is a range where trials stop by themselves', () => {
    expect(trialsText(adaptive)).toBe('5 to 50 trials');
    expect(trialsText(plan as typeof adaptive)).toBe('5 trials');
  });
});
