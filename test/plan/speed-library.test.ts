import { expect, it } from 'vitest';
import { probeDescriptors } from '../../src/generated/probe-index.js';
import { buildPlan } from '../../src/plan/build.js';
import { resolveSettings } from '../../src/plan/settings.js';
import {
  SPEED_LIBRARY_PROBES,
  SPEED_LIBRARY_SETTINGS,
  SPEED_LIBRARY_SIZES,
  selectSpeedLibrary,
} from '../../src/plan/speed-library.js';
import { FAKE_PROBES } from '../support/plan.js';

it('has tcp and every transport with every size, as echo and stream, in one plan', () => {
  const plan = buildPlan({
    ...selectSpeedLibrary(probeDescriptors),
    settings: resolveSettings({ ...SPEED_LIBRARY_SETTINGS, seed: '1', quick: true }, () => 0),
    native: FAKE_PROBES,
    resolvePlacement: () => ({ pairs: [{ clientCpu: 0, serverCpu: 1 }] }),
  });
  const cells = plan.cells.filter(({ index }) => index !== plan.harness?.cell);
  expect(SPEED_LIBRARY_SIZES).toEqual([64, 256, 1024, 4096, 16384, 65536, 262144, 1048576]);
  expect(cells).toHaveLength(SPEED_LIBRARY_PROBES.length * 8 * 2);
  expect(new Set(cells.map(({ probe }) => probe))).toEqual(new Set(SPEED_LIBRARY_PROBES));
  expect(new Set(cells.map(({ wait }) => wait))).toEqual(new Set(['block']));
});
