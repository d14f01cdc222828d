import type { ProbeDescriptor } from '../probes/types.js';

/** What the families are called in lists. */
export const FAMILY_TITLES: Readonly<Record<ProbeDescriptor['family'], string>> = {
  reference: 'Reference',
  pipe: 'Pipes',
  socket: 'Sockets',
  'system-v': 'System V',
  posix: 'POSIX',
  'shared-memory': 'Shared memory, and memory of another process',
  signal: 'Events and signals',
  rpc: 'Remote procedure calls',
  doors: 'Doors',
  'fast-sockets': 'Fast sockets',
};
