import type { ProbeDescriptor } from './types.js';

export default {
  name: 'fifo',
  title: 'named pipes',
  family: 'pipe',
  summary:
    'Two FIFOs in the trial’s directory, one for each direction. Once they are open they are pipes: what differs is that both peers find them by a path.',
  aliases: ['pipes', 'named-pipe', 'named-pipes', 'mkfifo'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'write             --(1)-->  [ fifo "requests" ]  --(2)-->               read',
    'read              <--(2)--  [ fifo "replies"  ]  <--(1)--              write',
    '',
    '(1) copied into pages of the pipe; write sleeps while the pipe is full',
    '(2) copied out of them; read sleeps until there is something',
    'The paths matter to open(2) only: no data goes to the file system.',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'As for a pipe: 64 KiB unless --pipe-size says otherwise, up to /proc/sys/fs/pipe-max-size; larger messages travel in pieces.',
  sources: ['fifo(7)', 'mkfifo(3)', 'pipe(7)', 'POSIX.1-2024 mkfifo()'],
} satisfies ProbeDescriptor;
