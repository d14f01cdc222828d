import type { ProbeDescriptor } from './types.js';

export default {
  name: 'posix-mq',
  title: 'POSIX message queues',
  family: 'posix',
  summary:
    'A POSIX message queue for each direction. The kernel copies a message into its own memory and out again.',
  aliases: ['messages', 'message', 'message-queue', 'mq', 'mqueue'],
  copies: { user: 0, kernel: 2 },
  diagram: [
    'client                             kernel                             server',
    '',
    'mq_send          --(1)-->  [ queue for requests ]  --(2)-->       mq_receive',
    'mq_receive       <--(2)--  [ queue for replies  ]  <--(1)--          mq_send',
    '',
    '(1) copied into memory of the kernel; a receiver that already waits is handed',
    '    the message without the queue; mq_send sleeps while the queue is full',
    '(2) copied out of it; mq_receive sleeps until there is a message',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits:
    'fs.mqueue.msgsize_max bounds one message (8 KiB by default), msg_max the messages of a queue (10), RLIMIT_MSGQUEUE all queues of a user (800 KiB).',
  sources: ['mq_overview(7)', 'mq_send(3)', 'POSIX.1-2024 mq_send()'],
} satisfies ProbeDescriptor;
