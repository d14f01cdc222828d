import type { ProbeDescriptor } from './types.js';

export default {
  name: 'socketpair',
  title: 'socketpair',
  family: 'socket',
  summary:
    'A connected pair of Unix stream sockets without a name. The kernel copies a message into socket buffers and out again.',
  aliases: ['sockets', 'socket-pair'],
  copies: { user: 0, kernel: 2 },
  systemCalls: { block: 4, spin: null },
  limits: 'A message larger than the send buffer (net.core.wmem_default) travels in pieces.',
  sources: ['socketpair(2)', 'unix(7)', 'POSIX.1-2024 socketpair()'],
} satisfies ProbeDescriptor;
