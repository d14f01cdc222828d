import type { ProbeDescriptor } from './types.js';

export default {
  name: 'eventfd',
  title: 'eventfd',
  family: 'signal',
  summary:
    'Two event counters pass the turn: writing adds to one, reading empties it and sleeps while it is 0. The payload is copied into shared memory and out of it.',
  aliases: ['event-counter', 'eventfds'],
  copies: { user: 2, kernel: 0 },
  diagram: [
    'client                       memory of both, kernel                   server',
    '',
    'copy in          --(1)-->  [ slot for requests ]  --(2)-->          copy out',
    'write(1)                 --->  [ counter 0 ]  --->                      read',
    '',
    'copy out         <--(2)--  [ slot for replies  ]  <--(1)--           copy in',
    'read                     <---  [ counter 1 ]  <---                  write(1)',
    '',
    '(1) copied into the shared memory by the sender, (2) out of it by the receiver',
    'A counter is a descriptor: poll, select and epoll can wait for it.',
  ].join('\n'),
  systemCalls: { block: 4, spin: null },
  limits: 'A counter holds 64 bits and no payload; the shared memory is as large as the message.',
  sources: ['eventfd(2)', 'memfd_create(2)'],
} satisfies ProbeDescriptor;
