import { describe, expect, test } from 'vitest';
import { NO_PARAMETERS } from '../../src/plan/parameters.js';
import type { Cell } from '../../src/plan/types.js';
import { placeColumns, placementText, placeText, sizeText } from '../../src/render/place.js';
import { aggregateCell } from '../../src/session/aggregate.js';
import { cell } from '../fixtures/measurements.js';

const place = (given: Partial<Cell> = {}) => aggregateCell(cell(given), [], { trials: 1, seed: 1 });
const names = (...given: Partial<Cell>[]) => placeColumns(given.map(place)).map(({ name }) => name);

describe('placeColumns', () => {
  test('the least there is', () => {
    expect(names({})).toEqual(['size', 'placement', 'wait']);
  });

  test('parameters and options have columns where a row sets them', () => {
    const parameters = { ...NO_PARAMETERS, rate: 10_000, arrivals: 'even' as const, serviceNs: 0 };
    expect(names({ parameters }, { options: { sndbuf: '4096', calls: 'send-recv' } })).toEqual([
      ...['size', 'asked/s', 'arrivals'],
      ...['sndbuf', 'calls', 'placement', 'wait'],
    ]);
  });

  test('a row that does not set an option is empty there; bytes are told in units', () => {
    const columns = placeColumns([
      place({ options: { chunk: '65536' } }),
      place({ options: { chunk: '1000,2000' } }),
      place(),
    ]);
    const chunk = columns.find(({ name }) => name === 'chunk');
    expect(chunk).toMatchObject({ align: 'right', cells: ['64 KiB', '1000,2000', ''] });
  });

  test('an option named as what every object inherits is no other row’s', () => {
    const columns = placeColumns([place({ options: { toString: 'x' } }), place()]);
    expect(columns.find(({ name }) => name === 'toString')?.cells).toEqual(['x', '']);
  });

  test('numbers of threads and descriptors stand below each other; words begin at the left', () => {
    const options = { threads: '16', descriptors: '1024', handoff: 'seccomp' };
    const columns = placeColumns([place({ options })]);
    const shown = Object.fromEntries(
      columns.map(({ name, align, cells }) => [name, [align, ...cells]]),
    );
    expect(shown).toMatchObject({
      threads: ['right', '16'],
      descriptors: ['right', '1024'],
      handoff: ['left', 'seccomp'],
    });
  });
});

test('a place in words', () => {
  expect(placeText(place())).toBe('1 B, two-cores, block');
  const parameters = { ...NO_PARAMETERS, replyBytes: 4096, serviceNs: 1500, rate: 2500 };
  expect(placeText(place({ pattern: 'load', parameters, options: { ready: 'poll' } }))).toBe(
    '1 B, reply 4 KiB, server work 1.5us, asked/s 2500, ready poll, two-cores, block',
  );
  expect(placeText(place({ pattern: 'connect' }))).toBe('two-cores, block');
});

test('sizes and placements', () => {
  expect(sizeText(place({ sizeBytes: 4096 }))).toBe('4 KiB');
  expect(sizeText(place({ pattern: 'connect' }))).toBe('–');
  expect(placementText(place())).toBe('two-cores');
  expect(placementText(place({ placement: 'all', clientCpu: 3, serverCpu: 0 }))).toBe('all 3→0');
  expect(placementText(place({ placement: 'all', clientCpu: null, serverCpu: null }))).toBe('all');
});
