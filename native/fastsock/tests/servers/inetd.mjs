// Servers that fork for each connection, and put it on the descriptors of stdio.
import { createHash } from 'node:crypto';
import { check, needs } from './run.mjs';

const lines = (count) =>
  Array.from({ length: count }, (_, i) => `line ${i} ${'x'.repeat(i % 90)}\n`).join('');
const sum = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);

/**
 * What comes back of what is sent until the end, by a client of stdin and stdout. What is
 * on stdio is the kernel's, and a burst may be over before the two sides have met.
 */
const through = (packages, serve, visit) =>
  Object.assign(
    check(needs(...packages), async (run) => {
      const port = await run.port();
      await run.server(...serve(port), { port });
      const input = lines(1000);
      const sums = [];
      for (let i = 0; i < 3; i++) sums.push(sum(await run.client(...visit(port), { input })));
      return sums.map((each) => each === sum(input));
    }),
    { mayStay: true },
  );

const socat = ['socat', 'socat'];
const socatTo = (port) => ['socat', ['-t', '5', '-', `TCP:127.0.0.1:${port}`]];
const socatAt = (target) => (port) => [
  'socat',
  ['-t', '5', `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork`, target],
];

export const inetd = {
  'socat, exec': through([socat], socatAt('EXEC:cat'), socatTo),
  'socat, exec on the socket': through([socat], socatAt('EXEC:cat,nofork'), socatTo),
  'socat, shell': through([socat], socatAt('SYSTEM:cat; :'), socatTo),
  'socat, pipe': through([socat], socatAt('PIPE'), socatTo),
  tcpserver: through(
    [['tcpserver', 'ucspi-tcp'], socat],
    (port) => ['tcpserver', ['-H', '-R', '-l', '0', '127.0.0.1', port, 'cat']],
    socatTo,
  ),
  'nc to socat': through([['nc', 'netcat-openbsd'], socat], socatAt('PIPE'), (port) => [
    'nc',
    ['-N', '127.0.0.1', port],
  ]),
};
