import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderHeatMaps, rowsShown } from '../../src/render/heat-map.js';
import { createStyle } from '../../src/render/style.js';
import { aggregateCell } from '../../src/session/aggregate.js';
import type { CellResult } from '../../src/store/schema.js';
import { cell, madeUpCell, problem } from '../fixtures/measurements.js';

const plain = createStyle(false);

/** Every pair of so many processors; a pair's median rises with the distance. */
function matrix(processors: number, given = {}): CellResult[] {
  const cpus = Array.from({ length: processors }, (_, cpu) => cpu);
  return cpus.flatMap((clientCpu) =>
    cpus.map((serverCpu) =>
      madeUpCell(
        {
          given: { placement: 'all', clientCpu, serverCpu, ...given },
          medianNs: 5000 + 1000 * Math.abs(clientCpu - serverCpu) + 500 * clientCpu,
        },
        clientCpu * processors + serverCpu,
      ),
    ),
  );
}

describe('renderHeatMaps', () => {
  test('has the client’s processor down and the server’s across', () => {
    const [map = '', ...others] = renderHeatMaps(matrix(3), 100, plain);
    expect(others).toEqual([]);
    const [title, , header, ...lines] = map.split('\n');
    expect(title).toBe(
      'pipe, 1 B, block: median RTT in µs (client’s processor down, server’s across)',
    );
    expect(header?.trim().split(/\s+/)).toEqual(['0', '1', '2']);
    expect(lines.map((line) => line.split(/\s+/)[0])).toEqual(['0', '1', '2']);
    const [first = []] = lines.map((line) => line.split(/\s+/).slice(1).map(Number));
    expect(first[0]).toBeLessThan(first[1] as number);
    expect(first[1]).toBeLessThan(first[2] as number);
  });

  test('colour shades from dark to light and changes no character', () => {
    const [coloured = ''] = renderHeatMaps(matrix(2), 100, createStyle(true));
    expect([stripVTControlCharacters(coloured)]).toEqual(renderHeatMaps(matrix(2), 100, plain));
    expect(coloured).toContain('\u001b[48;5;234;38;5;255m');
    expect(coloured).toContain('\u001b[48;5;222;38;5;16m');
  });

  test('pairs that hardly differ look alike', () => {
    const same = matrix(2).map((one, i) => ({ ...one, rtt_ns: scaled(one, 5000 + i) }));
    const [coloured = ''] = renderHeatMaps(same, 100, createStyle(true));
    expect(new Set(coloured.match(/48;5;\d+/g))).toEqual(new Set(['48;5;234']));
  });

  test('is drawn in pieces where the terminal is narrow, each as wide as fits', () => {
    const [map = ''] = renderHeatMaps(matrix(12), 40, plain);
    const [, ...pieces] = map.split('\n\n');
    expect(pieces.length).toBeGreaterThan(1);
    const longest = Math.max(
      ...pieces
        .join('\n')
        .split('\n')
        .map((line) => line.length),
    );
    expect(longest).toBeLessThanOrEqual(40);
    const columns = pieces.flatMap((piece) => piece.split('\n')[0]?.trim().split(/\s+/));
    expect(columns).toEqual(Array.from({ length: 12 }, (_, cpu) => String(cpu)));
  });

  test('one for each mechanism, size and policy; none for other placements', () => {
    const cells = [...matrix(2), ...matrix(2, { wait: 'spin' }), ...matrix(2, { probe: 'tcp' })];
    const maps = renderHeatMaps([...cells, madeUpCell({ given: {}, medianNs: 1 }, 1)], 100, plain);
    expect(maps.map((map) => map.split(':')[0])).toEqual([
      'pipe, 1 B, block',
      'pipe, 1 B, spin',
      'tcp, 1 B, block',
    ]);
  });

  test('a pair without figures is n/a, a matrix without any has no map', () => {
    const outcomes = [problem('failed', 'no')];
    const failed = matrix(2).map(({ client_cpu: clientCpu, server_cpu: serverCpu }) =>
      aggregateCell(cell({ placement: 'all', clientCpu, serverCpu }), outcomes, {
        trials: 5,
        seed: 1,
      }),
    );
    expect(renderHeatMaps(failed, 100, plain)).toEqual([]);
    const [map = ''] = renderHeatMaps([...matrix(2).slice(0, 3), ...failed.slice(3)], 100, plain);
    expect(map).toMatch(/n\/a$/);
  });
});

describe('rowsShown', () => {
  test('all of a small matrix, the extremes of a large one, every other row', () => {
    const other = madeUpCell({ given: { probe: 'tcp' }, medianNs: 1 }, 1);
    expect(rowsShown(matrix(2))).toHaveLength(4);
    const shown = rowsShown([...matrix(5), other]);
    expect(shown.map((one) => [one.client_cpu, one.server_cpu])).toEqual([
      [0, 0],
      [4, 0],
      [0, 1],
    ]);
    expect(shown).toContain(other);
  });

  test('of pairs that failed alike, one', () => {
    const unavailable = { reason: 'no such family', remedy: null };
    const failed = matrix(3).map(({ client_cpu: clientCpu, server_cpu: serverCpu }) =>
      aggregateCell(cell({ placement: 'all', clientCpu, serverCpu, unavailable }), [], {
        trials: 5,
        seed: 1,
      }),
    );
    expect(rowsShown(failed)).toHaveLength(1);
  });
});

function scaled({ rtt_ns: rtt }: CellResult, median: number): CellResult['rtt_ns'] {
  return rtt && { ...rtt, median };
}
