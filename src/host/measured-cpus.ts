import { UserError } from '../errors.js';
import { resolvePlacement } from './placement.js';
import { parseCpuList, readTopology } from './topology.js';

/**
 * The processors that are to be measured.
 *
 * @param list as typed, `2,3` or `4-7`; absent = those of placement two-cores, or all that are
 *   allowed where there is no such placement
 * @param root where /proc and /sys are found
 * @throws UserError for a malformed list and for processors that there are not
 */
export function measuredCpus(list: string | undefined, root: string): number[] {
  const known = readTopology(root).processors.map(({ cpu }) => cpu);
  if (list === undefined) return twoCores(root) ?? known;
  if (!/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/.test(list)) {
    throw new UserError(`--cpus "${list}" is not a list of processors.`, [
      'Write it as in 2,3 or 4-7.',
    ]);
  }
  const cpus = parseCpuList(list);
  const unknown = cpus.find((cpu) => !known.includes(cpu));
  if (unknown !== undefined || cpus.length === 0) {
    throw new UserError(`--cpus "${list}" names processors that may not be used here.`, [
      `Choose from ${known.join(',')}.`,
    ]);
  }
  return cpus;
}

function twoCores(root: string): number[] | null {
  const resolution = resolvePlacement('two-cores', readTopology(root));
  if (!('pairs' in resolution)) return null;
  const [pair] = resolution.pairs;
  const cpus = [pair?.clientCpu, pair?.serverCpu].filter((cpu) => typeof cpu === 'number');
  return cpus.length === 0 ? null : cpus.sort((a, b) => a - b);
}
