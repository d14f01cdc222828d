import type { ProbeDescriptor } from './types.js';

export default {
  name: 'pipe',
  title: 'pipes',
  family: 'pipe',
  summary:
    'Two anonymous pipes, one for each direction. The kernel copies a message into pages of the pipe and out again.',
  aliases: ['pipes', 'anonymous-pipe'],
  copies: { user: 0, kernel: 2 },
  systemCalls: { block: 4, spin: null },
  limits:
    'A message larger than the pipe (64 KiB by default) travels in pieces, so both peers take turns; /proc/sys/fs/pipe-max-size bounds the pipe.',
  sources: ['pipe(2)', 'pipe(7)', 'POSIX.1-2024 pipe()'],
} satisfies ProbeDescriptor;
