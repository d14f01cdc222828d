import type { ProbeDescriptor } from './types.js';

export default {
  name: 'sysv-msg',
  title: 'System V messages',
  family: 'system-v',
  summary:
    'A System V message queue for each direction. The kernel copies a message into its own memory and out again.',
  aliases: ['messages', 'message', 'msg', 'message-queue'],
  copies: { user: 0, kernel: 2 },
  systemCalls: { block: 4, spin: null },
  limits: 'kernel.msgmax bounds one message (8 KiB by default), kernel.msgmnb the queue.',
  sources: ['msgop(2)', 'msgget(2)', 'POSIX.1-2024 msgsnd()'],
} satisfies ProbeDescriptor;
