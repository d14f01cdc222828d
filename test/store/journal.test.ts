import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { FakeRunner } from '../../src/runner/fake.js';
import { runHead } from '../../src/session/document.js';
import { carryOut } from '../../src/session/session.js';
import {
  JournalWriter,
  livingWriter,
  parseJournal,
  readJournal,
  thisProcess,
  trialsByCell,
} from '../../src/store/journal.js';
import { journalDocument } from '../../src/store/journal-document.js';
import { resultDocumentSchema } from '../../src/store/schema.js';
import { ResultStore } from '../../src/store/store.js';
import { FAKE_PROBES, makePlan } from '../support/plan.js';

const ID = '20261121T031500Z-7f3a';
const plan = makePlan(['pipe', 'tcp'], { trials: '3' });
const head = runHead(plan, {
  id: ID,
  started: new Date('2026-11-21T03:15:00Z'),
  command: 'ipcbench run pipe tcp',
  version: '0.1.0',
  host: { hostname: 'workbench' } as never,
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipcbench-journal-'));
  path = join(folder, `${ID}.journal`);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A journal of so many trials. */
async function write(trials: number): Promise<void> {
  const options = { size: '1' };
  const header = { head, options, output: null, process: thisProcess() };
  const journal = await JournalWriter.create(path, header);
  const abort = new AbortController();
  const runner = new FakeRunner(FAKE_PROBES, (_, index) => {
    if (index === trials) abort.abort();
    return 1000 + index / 7;
  });
  await carryOut(plan, runner, abort.signal, {
    onFinished: async ({ trial, record, elapsedMs }) =>
      journal.append({ cell: trial.cell.index, elapsed_ms: elapsedMs, trial: record }),
  });
  await journal.close();
}

describe('a journal', () => {
  it('gives back exactly what was written', async () => {
    await write(4);
    const journal = await readJournal(path);
    expect(journal).toMatchObject({ torn: false, resumptions: [], path });
    expect(journal.header.head).toEqual(JSON.parse(JSON.stringify(head)));
    const order = journal.trials.map(({ cell, trial }) => [cell, trial.repetition]);
    const planned = plan.trials.slice(0, 4).map((it) => [it.cell.index, it.repetition]);
    expect(order).toEqual(planned);
    expect(trialsByCell(journal).flat()).toHaveLength(4);
  });

  it('is a result that is incomplete', async () => {
    await write(5);
    const document = await new ResultStore(folder).load('@latest');
    expect(resultDocumentSchema.parse(document)).toEqual(document);
    expect(document.run).toMatchObject({ id: ID, complete: false, ended: null });
    expect(document.results.map((cell) => cell.probe)).toEqual(['pipe', 'tcp']);
    expect(document.results.every((cell) => cell.stopped === 'interrupted')).toBe(true);
    const whole = journalDocument(await readJournal(path));
    expect(await new ResultStore(folder).load(path)).toEqual(whole);
    expect(await new ResultStore(folder).load(ID.slice(0, 12))).toEqual(whole);
  });

  it('drops a last line that is torn, at every byte', async () => {
    await write(2);
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n').slice(0, -1);
    const lastStarts = text.length - (lines.at(-1)?.length ?? 0) - 1;
    for (const cut of [lastStarts + 1, lastStarts + 40, text.length - 2, text.length - 1]) {
      const journal = parseJournal(text.slice(0, cut), 'x');
      expect(journal).toMatchObject({ torn: true, wholeBytes: lastStarts });
      expect(journal.trials).toHaveLength(1);
    }
    expect(parseJournal(text.slice(0, lastStarts), 'x').torn).toBe(false);
  });

  it('goes on behind the last whole line', async () => {
    await write(2);
    appendFileSync(path, '{"cell":0,"elaps');
    const torn = await readJournal(path);
    const resumed = { at: '2026-11-21T04:00:00.000Z', host_differs: ['kernel was 1 and is 2'] };
    const writer = await JournalWriter.reopen(torn, { resumed, process: thisProcess() });
    await writer.close();
    const journal = await readJournal(path);
    expect(journal).toMatchObject({ torn: false, resumptions: [{ resumed, trials: 2 }] });
    expect(journal.trials).toEqual(torn.trials);
    expect(journalDocument(journal).run.resumed).toEqual([{ ...resumed, trials: 2 }]);
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['no header', (lines) => lines.slice(1), /isn't a journal/],
    ['nothing', () => [''], /isn't a journal/],
    ['another version', ([first = '', ...rest]) => [first.replace(':1', ':9'), ...rest], /isn't a/],
    ['a broken line', ([first = '', , ...rest]) => [first, '{"ce', ...rest], /damaged: x, line 2/],
    ['a line twice', (lines) => [...lines, lines.at(-1) ?? ''], /damaged: .* out of turn/],
    ['a lost line', ([first = '', , ...rest]) => [first, ...rest], /damaged: .* out of turn/],
  ])('with %s is refused', async (_, spoil, message) => {
    await write(6);
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    expect(() => parseJournal(`${spoil(lines).join('\n')}\n`, 'x')).toThrow(message);
    expect(() => parseJournal(`${spoil(lines).join('\n')}\n`, 'x')).toThrow(UserError);
  });

  it('of an ended run is refused when it is empty', async () => {
    writeFileSync(path, '{"ipcbench_journal":1');
    await expect(readJournal(path)).rejects.toThrow(/has no whole line/);
  });

  it('knows whether its writer lives', async () => {
    await write(1);
    const journal = await readJournal(path);
    expect(livingWriter(journal)).toBe(process.pid);
    const dead = { ...thisProcess(), birth: '1' };
    expect(livingWriter({ ...journal, header: { ...journal.header, process: dead } })).toBeNull();
    const elsewhere = { ...thisProcess(), hostname: 'elsewhere' };
    const other = { ...journal, header: { ...journal.header, process: elsewhere } };
    expect(livingWriter(other)).toBeNull();
  });

  it('cannot be begun where nothing can be written', async () => {
    const header = { head, options: {}, output: null, process: thisProcess() };
    await expect(JournalWriter.create(join(folder, 'no', 'x.journal'), header)).rejects.toThrow(
      UserError,
    );
  });
});

describe('the references of journals', () => {
  it('mean the latest run that has one, an id, or a path', async () => {
    await write(1);
    const store = new ResultStore(folder);
    for (const ref of ['@latest', '@-1', ID, '20261121', path]) {
      expect(await store.resolveJournal(ref)).toBe(path);
    }
    await expect(store.resolveJournal('@-2')).rejects.toThrow(UserError);
    await expect(store.resolveJournal('2025')).rejects.toThrow(/no journal of a run "2025"/);
    await expect(store.resolveJournal(join(folder, 'x.json'))).rejects.toThrow(/no journal/);
  });

  it('are refused where every run has ended', async () => {
    await expect(new ResultStore(folder).resolveJournal('@latest')).rejects.toThrow(/no journal/);
  });
});
