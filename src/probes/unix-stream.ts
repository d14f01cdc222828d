import type { ProbeDescriptor } from './types.js';

export default {
  name: 'unix-stream',
  title: 'Unix stream socket',
  family: 'socket',
  summary:
    'A Unix stream socket with a path: the server listens and accepts, the client connects. Data moves as in a socketpair.',
  aliases: ['sockets', 'unix', 'unix-socket', 'uds', 'af-unix'],
  copies: { user: 0, kernel: 2 },
  systemCalls: { block: 4, spin: null },
  limits:
    'A path has at most 107 bytes; a message larger than the send buffer (net.core.wmem_default) travels in pieces.',
  sources: ['unix(7)', 'socket(2)', 'POSIX.1-2024 sys/un.h'],
} satisfies ProbeDescriptor;
