import { probeDescriptors } from '../../src/generated/probe-index.js';
import { buildPlan } from '../../src/plan/build.js';
import { type Defaults, RUN_DEFAULTS } from '../../src/plan/defaults.js';
import { selectProbes } from '../../src/plan/select.js';
import { resolveSettings, type SettingsInput } from '../../src/plan/settings.js';
import type { Plan } from '../../src/plan/types.js';
import { fakeProbe } from '../../src/runner/fake.js';
import type { NativeProbe } from '../../src/runner/types.js';

/** Every descriptor's probe, offering everything. */
export const FAKE_PROBES: readonly NativeProbe[] = probeDescriptors.map(({ name }) =>
  fakeProbe(name),
);

/** A plan on a fake machine; its seed is 1. */
export function makePlan(
  names: readonly string[],
  input: SettingsInput = {},
  native: readonly NativeProbe[] = FAKE_PROBES,
  defaults: Defaults = RUN_DEFAULTS,
): Plan {
  return buildPlan({
    probes: selectProbes(names, probeDescriptors),
    settings: resolveSettings({ seed: '1', size: '1', ...input }, () => 0, {}, defaults),
    native,
    resolvePlacement: () => ({ pairs: [{ clientCpu: null, serverCpu: null }] }),
  });
}
