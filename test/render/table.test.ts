import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/render/table.js';
import {
  documentOf,
  exampleDocument,
  granted,
  madeUpCell,
  patternsDocument,
} from '../fixtures/measurements.js';

const document = exampleDocument();

describe('renderTable', () => {
  // Vitest writes the files when run with -u; a person reads them before they are committed.
  test.each([60, 80, 100, 120, 160])('at %i columns', async (width) => {
    const text = renderTable(document, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    if (width >= 80) expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/table-${width}.txt`);
  });

  test('leaves nothing out unless it is told a width', () => {
    const text = renderTable(document);
    expect(text).not.toContain('Left out');
    for (const heading of ['p99.9', 'MB/s', 'switches', 'trials', 'user', 'system']) {
      expect(text).toContain(heading);
    }
  });

  test('says above the table what all rows share, before it leaves anything out', () => {
    const cells = [1, 64, 4096].map((sizeBytes, index) =>
      madeUpCell({ given: { index, sizeBytes }, medianNs: 5000 + sizeBytes }, index),
    );
    const above = (width: number) => {
      const text = renderTable(documentOf(cells), { width });
      expect(text).not.toContain('Left out');
      return text.split('\n')[0];
    };
    expect(above(140)).toMatch(/^mechanism/);
    expect(above(120)).toBe('trials 5');
    expect(above(110)).toBe('placement two-cores · wait block · trials 5');
  });

  test('names what it left out', () => {
    expect(renderTable(document, { width: 120 })).toContain('Left out for want of width: MB/s');
  });

  test('a row without figures says why, and what helps', () => {
    const text = renderTable(document);
    expect(text).toContain(
      'not available: a message is at most 8192 bytes (sysctl kernel.msgmax=1048576)',
    );
    expect(text).toContain('failed: semop(id, ops, 2) failed: EIDRM');
  });

  test('colour adds emphasis and changes no character', () => {
    const coloured = renderTable(document, { width: 100, color: true });
    expect(coloured).not.toBe(stripVTControlCharacters(coloured));
    expect(stripVTControlCharacters(coloured)).toBe(renderTable(document, { width: 100 }));
  });

  test('a table of nothing but missing mechanisms can be read', () => {
    const missing = document.results.filter((cell) => cell.status !== 'ok');
    const text = renderTable({ ...document, results: missing }, { width: 80 });
    expect(text.replaceAll(/\s+/g, ' ')).toContain('a message is at most 8192 bytes');
    expect(text).not.toContain('RTT: round-trip time');
  });

  test('no results at all', () => {
    expect(renderTable(documentOf([]))).toMatch(/^No results\.\n/);
  });

  test('missing is empty: published figures have a median and little else', () => {
    const [cell] = document.results;
    const published = {
      ...(cell as NonNullable<typeof cell>),
      ...{ usage: null, ops_per_s: null, bytes_per_s: null, outliers: null, batch: null },
      ...{ per_trial: [], trials: 0, trials_planned: null },
      rtt_ns: {
        ...{ median: 175_000, ci95: null, p50: null, p90: null, p99: null, p999: null },
        ...{ min: null, max: null, mean: null },
      },
    };
    const text = renderTable(
      documentOf([published], { source: 'a paper', plan: null, seed: null }),
    );
    const row = text.split('\n').find((line) => line.startsWith('null '));
    expect(row?.trim().split(/\s{2,}/)).toEqual([
      'null',
      '1 B',
      'two-cores',
      'spin',
      '180 µs [n/a]',
      '0',
    ]);
    expect(text).toContain('Source: a paper.');
  });

  test('an interrupted run says so first', () => {
    const notes = (run: object) =>
      renderTable(documentOf([...document.results], { complete: false, ...run })).split('\n\n')[1];
    expect(notes({})).toMatch(/^This run was interrupted: 4 of 8 rows/);
    expect(notes({ ended: null })).toMatch(/^This run has not ended/);
  });

  test('a cell some of whose trials failed has a note', () => {
    const [first, ...rest] = document.results;
    const limping = {
      ...(first as NonNullable<typeof first>),
      trials: 4,
      reason: '1 of 5 trials without figures: took longer than 10 s',
    };
    const text = renderTable(documentOf([limping, ...rest]));
    expect(text).toContain('null (1 B, two-cores, spin): 1 of 5 trials without figures');
    expect(text).toContain('4/5');
  });
});

describe('renderTable with threads', () => {
  const curve = documentOf(
    [1, 2, 4, 16].map((threads, index) => {
      const medianNs = 9000 * Math.max(1, threads / 2);
      return madeUpCell(
        {
          given: { index, probe: 'doors', options: { threads: `${threads}` } },
          medianNs,
          trial: { windowNs: (400 * medianNs) / threads },
        },
        index,
      );
    }),
  );

  test.each([80, 120])('is a curve of rates at %i columns', async (width) => {
    const text = renderTable(curve, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/table-threads-${width}.txt`);
  });

  test('says that the rate is of all threads, and keeps it however narrow the table', () => {
    for (const width of [60, 80, 200]) {
      const text = renderTable(curve, { width });
      expect(text).toContain('all threads');
      expect(text).not.toMatch(/Left out.* round trips/);
      expect(text.replaceAll(/\s+/g, ' ')).toContain('rates are of all threads together');
    }
  });

  test('threads that are not available make no such table', () => {
    const [single, two] = curve.results.map((cell) => ({ ...cell, pattern: 'connect' }));
    const away = { ...two, status: 'unavailable' as const, reason: 'one at a time' };
    const text = renderTable(documentOf([single, away] as typeof curve.results));
    expect(text).toContain('not available: one at a time');
    expect(text).not.toContain('all threads');
    expect(text).toContain('Connect, of doors: the client opens the door’s file');
  });

  test('one thread is no such table', () => {
    const single = documentOf(curve.results.slice(0, 1));
    expect(renderTable(single)).not.toContain('all threads');
    expect(renderTable(single)).toContain('Closed loop: one round trip at a time.');
  });
});

describe('renderTable with several patterns', () => {
  const patterns = patternsDocument();
  const text = renderTable(patterns);
  const of = (pattern: string) =>
    renderTable(documentOf(patterns.results.filter((cell) => cell.pattern === pattern)));

  test.each([80, 100, 140])('at %i columns', async (width) => {
    const narrow = renderTable(patterns, { width });
    const longest = Math.max(...narrow.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(width);
    await expect(narrow).toMatchFileSnapshot(`../fixtures/golden/table-patterns-${width}.txt`);
  });

  test('has a table and a title for each', () => {
    const titles = text.match(/^(echo|stream|connect|rpc|load): .+$/gm);
    expect(titles).toHaveLength(5);
    expect(of('stream')).not.toMatch(/^stream: /m);
  });

  test.each([
    ['echo', 'median RTT'],
    ['rpc', 'median RTT'],
    ['stream', 'median per message'],
    ['connect', 'median connect'],
    ['load', 'median response'],
  ])('%s: the heading says %s', (pattern, median) => {
    expect(of(pattern)).toContain(median);
  });

  test('connect has no size and no payload rate', () => {
    const [, row = ''] = /^(tcp .*)$/m.exec(of('connect')) ?? [];
    expect(row.trim().split(/\s{2,}/)[1]).toBe('–');
    expect(of('connect')).not.toContain('MB/s');
  });

  test('stream has one way only, and never loses its rate in bytes for want of width', () => {
    expect(of('stream')).toContain('10^6 bytes of payload, one way.');
    expect(of('stream')).toContain('at most: 17 (udp), else as many as the mechanism holds');
    const streams = patterns.results.filter((cell) => cell.pattern === 'stream');
    expect(renderTable(documentOf(streams), { width: 60 })).toContain('MB/s');
  });

  test('rpc shows the reply’s size and the server’s work when they are set', () => {
    expect(of('rpc')).toMatch(/reply {2}server work/);
    expect(of('rpc')).toMatch(/4 KiB +10us/);
    expect(of('echo')).not.toMatch(/reply|server work/);
  });

  test('load shows what was asked and achieved, service beside response, and what was not sent', () => {
    const load = of('load');
    expect(load).toContain('from intended send  from actual send');
    expect(load).toMatch(/asked\/s/);
    expect(load).toMatch(/^tcp +64 B +1k +poisson .* 33\.4 µs .* 31\.9 µs .* 1\.0k +0 /m);
    expect(load).toMatch(/^tcp +64 B +25k .* 24k +6 % /m);
    expect(load).toContain('Open loop (load)');
    expect(load).not.toContain('Closed loop');
    const met = patterns.results.filter((cell) => cell.unsent_ops === 0);
    expect(renderTable(documentOf(met))).not.toContain('nsent');
  });

  test('closed and open loops are labelled', () => {
    expect(text).toContain('Closed loop (echo, rpc, connect): one round trip, one connection at');
    expect(of('connect')).toContain('Closed loop: one connection at a time.');
  });

  test('an option has a column where a row sets it, and is empty where none does', () => {
    expect(of('echo')).toMatch(/^mechanism +size +calls +placement/m);
    expect(of('echo')).toMatch(/^unix-stream +1 B +send-recv /m);
    expect(of('stream')).toMatch(/^unix-stream +4 KiB +64 KiB /m);
    expect(of('connect')).not.toContain('calls');
  });

  test('watermarks that were asked for are told with what was granted', () => {
    expect(of('stream')).toContain('Watermarks: sndbuf 64 KiB asked, 128 KiB granted.');
    const both = ['udp', 'tcp'].map((probe, i) =>
      madeUpCell(
        {
          given: { probe, options: { rcvbuf: '4096' } },
          medianNs: 5000,
          trial: {
            granted: {
              client: granted({ rcvbufBytes: 8192 * (i + 1) }),
              server: granted({ rcvbufBytes: 8192 }),
            },
          },
        },
        i,
      ),
    );
    expect(renderTable(documentOf(both)).replaceAll(/\s+/g, ' ')).toContain(
      'rcvbuf 4 KiB asked, 8 KiB (udp), 16 KiB to the client and 8 KiB to the server (tcp) granted',
    );
  });

  test('colour adds emphasis and changes no character', () => {
    const coloured = renderTable(patterns, { width: 100, color: true });
    expect(stripVTControlCharacters(coloured)).toBe(renderTable(patterns, { width: 100 }));
  });
});
