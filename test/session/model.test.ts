import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.js';
import { costModels, type SweepModel } from '../../src/session/model.js';
import { withProbes } from '../../src/session/model-request.js';
import type { ResultDocument } from '../../src/store/schema.js';
import { documentOf } from '../fixtures/measurements.js';
import {
  bent,
  CACHES,
  CALIBRATION,
  SWEEP_BYTES,
  straight,
  sweepCells,
  sweepDocument,
} from '../fixtures/sweeps.js';

function modelOf(document: ResultDocument, probe: string): SweepModel {
  const model = costModels(document).models.find((one) => one.probe === probe);
  if (model === undefined) throw new Error(`no model of ${probe}`);
  return model;
}

function complaintOf(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was complained of');
}

const document = sweepDocument();

describe('a sweep', () => {
  test('has alpha, beta and what follows from them', () => {
    const { line, pieces, method, reason } = modelOf(document, 'tcp');
    expect({ method, reason, pieces }).toEqual({ method: 'bootstrap', reason: null, pieces: null });
    expect(line).toMatchObject({ from_bytes: 1, to_bytes: 1048576, holds: true });
    expect((line?.alpha_us ?? 0) / 5).toBeCloseTo(1, 1);
    expect((line?.beta_ns_per_byte ?? 0) / 0.3).toBeCloseTo(1, 1);
    // A round trip moves each byte there and back.
    expect((line?.gb_per_s ?? 0) * (line?.beta_ns_per_byte ?? 0)).toBeCloseTo(2, 9);
    const size = (1000 * (line?.alpha_us ?? 0)) / (line?.beta_ns_per_byte ?? 1);
    expect(line?.half_size_bytes).toBeCloseTo(size, 6);
    expect(line?.sizes.map(({ size_bytes }) => size_bytes)).toEqual(SWEEP_BYTES);
    expect(line?.sizes.every(({ trials, off }) => trials === 6 && !off)).toBe(true);
  });

  test('breaks where it bends, and says which cache is near', () => {
    const { line, pieces, breaks } = modelOf(document, 'pipe');
    expect(line?.holds).toBe(false);
    expect(pieces).toHaveLength(2);
    expect(breaks[0]?.between_bytes).toEqual([16384, 65536]);
    expect(breaks[0]?.near_caches).toEqual([CACHES[0]]);
  });

  test('without caches in the host’s facts, none is said to be near or far', () => {
    const models = costModels(sweepDocument({ host: {} }));
    expect(models.caches).toBeNull();
    expect(models.models.flatMap(({ breaks }) => breaks)[0]?.near_caches).toBeNull();
  });

  test('has the sizes that are missing, and why', () => {
    const { method, line, missing } = modelOf(document, 'sysv-msg');
    expect(method).toBe('student');
    expect(line?.to_bytes).toBe(8192);
    expect(missing).toEqual([{ size_bytes: 16384, reason: 'a message is at most 8192 bytes' }]);
  });

  test('too short has no model', () => {
    const { line, reason } = modelOf(document, 'futex');
    expect(line).toBeNull();
    expect(reason).toBe('a line takes 3 sizes or more, and there are 2');
  });

  test('is apart from one with other settings, and from one measured again', () => {
    const cells = [
      ...sweepCells({ elapsed: straight }),
      ...sweepCells({ elapsed: straight, given: { wait: 'spin' } }),
      ...sweepCells({ elapsed: bent }),
    ];
    const { models } = costModels(documentOf(cells));
    expect(models.map(({ wait }) => wait)).toEqual(['block', 'spin', 'block']);
    expect(models.map(({ line }) => line?.holds)).toEqual([true, true, false]);
  });

  test('one way moves each byte once', () => {
    const cells = sweepCells({ elapsed: straight, given: { pattern: 'stream' } });
    const [model] = costModels(documentOf(cells)).models;
    expect((model?.line?.gb_per_s ?? 0) * (model?.line?.beta_ns_per_byte ?? 0)).toBeCloseTo(1, 9);
  });

  test('figures are the same whenever they are made', () => {
    expect(costModels(document)).toEqual(costModels(sweepDocument()));
  });
});

describe('beside bcopy', () => {
  test('two processors: the copy from the other one', () => {
    const { line } = modelOf(document, 'tcp');
    expect(line?.bcopy?.source).toBe('cross');
    expect(line?.bcopy?.beta_ns_per_byte).toBeCloseTo(0.06, 9);
    expect(line?.beta_over_bcopy).toBeCloseTo((line?.beta_ns_per_byte ?? 0) / 0.06, 6);
  });

  test('one processor: the warm copy', () => {
    const given = { placement: 'same-core' as const, clientCpu: 0, serverCpu: 0 };
    const cells = sweepCells({ elapsed: straight, given });
    const [model] = costModels(documentOf(cells, { calibration: CALIBRATION })).models;
    expect(model?.line?.bcopy?.source).toBe('warm');
    expect(model?.line?.bcopy?.beta_ns_per_byte).toBeCloseTo(0.03, 9);
  });

  test('where there is one processor only, the warm copy is all there is', () => {
    const copies = CALIBRATION.copies.map((copy) => ({ ...copy, cross_ns: null }));
    const calibration = { ...CALIBRATION, copies };
    const [model] = costModels(sweepDocument({ calibration })).models;
    expect(model?.line?.bcopy?.source).toBe('warm');
  });

  test('not calibrated: nothing', () => {
    const models = costModels(sweepDocument({ calibration: null }));
    expect(models.calibrated).toBe(false);
    expect(models.models[0]?.line).toMatchObject({ bcopy: null, beta_over_bcopy: null });
  });
});

describe('nothing to fit', () => {
  test.each([
    ['no cells', documentOf([]), 'has no cells'],
    [
      'connections alone',
      documentOf(sweepCells({ bytes: [1], given: { pattern: 'connect' }, elapsed: straight })),
      'connect has none',
    ],
  ])('%s', (_, empty, words) => {
    expect(complaintOf(() => costModels(empty)).message).toContain(words);
  });

  test.each([
    ['one size', { bytes: [4096] }, 'there is one'],
    ['two sizes', { bytes: [1, 4096] }, 'there are 2'],
    ['one trial', { trials: 1 }, 'one trial says nothing'],
    ['times that are 0', { elapsed: () => 0 }, 'the clock resolves nothing'],
  ])('%s', (_, recipe, words) => {
    const cells = sweepCells({ elapsed: straight, ...recipe });
    const { message, nextSteps } = complaintOf(() => costModels(documentOf(cells)));
    expect(message).toContain('no size sweep');
    expect(nextSteps[0]).toContain(words);
    expect(nextSteps.at(-1)).toContain('ipcbench run pipe tcp --size 1..1m');
  });

  test('many reasons are cut short', () => {
    const probes = ['pipe', 'tcp', 'udp', 'futex', 'doors'];
    const cells = probes.flatMap((probe) =>
      sweepCells({ bytes: [1], given: { probe }, elapsed: straight }),
    );
    const { nextSteps } = complaintOf(() => costModels(documentOf(cells)));
    expect(nextSteps).toHaveLength(5);
    expect(nextSteps[3]).toBe('And 2 more.');
  });
});

describe('withProbes', () => {
  test('keeps those that are named', () => {
    const { results } = withProbes(document, 'tcp, futex');
    expect([...new Set(results.map(({ probe }) => probe))]).toEqual(['tcp', 'futex']);
    expect(withProbes(document, undefined)).toBe(document);
  });

  test('a probe that the result hasn’t', () => {
    const { message, nextSteps } = complaintOf(() => withProbes(document, 'vsock'));
    expect(message).toBe('--probe has no value "vsock".');
    expect(nextSteps).toEqual(['Choose from tcp, pipe, sysv-msg, futex.']);
  });
});
