import type { ProbeDescriptor } from './types.js';

export default {
  name: 'pipe',
  title: 'pipes',
  family: 'pipe',
  summary:
    'Two anonymous pipes, one for each direction. The kernel copies a message into pages of the pipe and out again.',
  aliases: ['pipes', 'anonymous-pipe'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write            --(1)-->  [ pipe for requests ]  --(2)-->              read',
    'read             <--(2)--  [ pipe for replies  ]  <--(1)--             write',
    '',
    '(1) copied into pages of the pipe; write sleeps while the pipe is full',
    '(2) copied out of them; read sleeps until there is something',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'A message larger than the pipe (64 KiB by default) travels in pieces, so both peers take turns; /proc/sys/fs/pipe-max-size bounds the pipe.',
  sources: [
    'pipe(2)',
    'pipe(7)',
    'POSIX.1-2024 pipe()',
    'Ritchie & Thompson, The UNIX Time-Sharing System (CACM 17(7), 1974)',
    'Voll, “Doors” in Solaris: Lightweight RPC using File Descriptors, table 1',
  ],
} satisfies ProbeDescriptor;
