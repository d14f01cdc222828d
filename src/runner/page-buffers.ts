import { at, BUFFERS_LAYOUT } from './page-layout.js';
import type { BuffersUse, TrialMeasurement } from './types.js';

/**
 * Decodes what became of the buffers that the peers share: the client's `struct page_buffers`, and
 * of the server's what it alone knows. Nothing where the client kept no books.
 */
export function buffersUse(view: DataView): Pick<TrialMeasurement, 'buffers'> {
  const words = (side: 'client' | 'server') => (name: string) =>
    Number(view.getBigUint64(at(`buffers_${side}`) + at(name, BUFFERS_LAYOUT), true));
  const client = words('client');
  const looks = client('looks');
  if (looks === 0 || client('span_ns') === 0) return {};
  const timed = client('timed');
  const holdings = client('holdings');
  const sampled = client('in_use_sum') / looks;
  const buffers: BuffersUse = {
    bufferBytes: client('buffer_bytes'),
    peak: client('peak'),
    // Exact where every holding was timed; those that are under way at an end are not counted yet.
    mean: everyOneTimed(timed, holdings) ? client('in_use_ns') / client('span_ns') : sampled,
    sampledMean: sampled,
    holdings,
    holdingNs: timed === 0 ? null : client('held_ns') / timed,
    spanNs: client('span_ns'),
    waits: client('waits'),
    failures: client('failures'),
    overflows: words('server')('overflows'),
  };
  return { buffers };
}

/** Holdings of which one in sixteen is timed are far from that. */
function everyOneTimed(timed: number, holdings: number): boolean {
  return timed > holdings / 2;
}
