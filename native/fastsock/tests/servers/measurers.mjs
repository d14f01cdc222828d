// Programs that measure, and check what they carry.
import { check, expect, needs } from './run.mjs';

function iperf(...options) {
  return async (run) => {
    const port = await run.port();
    await run.server('iperf3', ['-s', '-1', '-B', '127.0.0.1', '-p', port], { port });
    const text = await run.client('iperf3', [
      '-c',
      '127.0.0.1',
      '-p',
      port,
      '-n',
      '300M',
      '-J',
      ...options,
    ]);
    const { error, end } = JSON.parse(text);
    expect(!error, error);
    const sums = [end.sum_received, end.sum_sent].map((sum) => sum.bytes > 1000000);
    return sums;
  };
}

function sockperfRun(...options) {
  return async (run) => {
    const port = await run.port();
    await run.server('sockperf', ['server', '--tcp', '-i', '127.0.0.1', '-p', port], { port });
    const text = await run.client('sockperf', [
      'ping-pong',
      '--tcp',
      '-i',
      '127.0.0.1',
      '-p',
      port,
      '-t',
      1,
      '--full-rtt',
      ...options,
    ]);
    expect(/percentile 50\.000/.test(text), text);
    return [
      /# dropped messages = (\d+)/.exec(text)?.[1],
      /# duplicated messages = (\d+)/.exec(text)?.[1],
    ];
  };
}

const iperf3Missing = needs(['iperf3', 'iperf3']);
const sockperfMissing = needs(['sockperf', 'sockperf']);

export const iperf3 = {
  'one stream': check(iperf3Missing, iperf()),
  reverse: check(iperf3Missing, iperf('-R')),
  'both ways': check(iperf3Missing, iperf('--bidir')),
  'zero copy, 3 streams': check(iperf3Missing, iperf('-Z', '-P', '3')),
};

export const sockperf = {
  // Slow to start: two modes will do.
  'ping-pong 64 B': Object.assign(check(sockperfMissing, sockperfRun('-m', '64')), {
    only: ['none', 'both'],
  }),
};
