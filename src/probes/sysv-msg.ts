import type { ProbeDescriptor } from './types.js';

export default {
  name: 'sysv-msg',
  title: 'System V messages',
  family: 'system-v',
  summary:
    'One System V message queue for both directions: requests have type 1, replies type 2. The kernel copies a message into its own memory and out again.',
  aliases: ['messages', 'message', 'msg', 'message-queue'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'msgsnd           --(1)-->  [ one queue: type 1 ]  --(2)-->            msgrcv',
    'msgrcv           <--(2)--  [ one queue: type 2 ]  <--(1)--            msgsnd',
    '',
    '(1) copied into memory of the kernel; msgsnd sleeps while the queue is full',
    '(2) copied out of it; msgrcv asks for its type and sleeps until one is there',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits: 'kernel.msgmax bounds one message (8 KiB by default), kernel.msgmnb the queue (16 KiB).',
  sources: [
    'msgop(2)',
    'msgget(2)',
    'POSIX.1-2024 msgsnd()',
    'Voll, “Doors” in Solaris: Lightweight RPC using File Descriptors, table 1',
  ],
} satisfies ProbeDescriptor;
