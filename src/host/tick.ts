/** Linux: a clock that goes on at each tick. */
const CLOCK_MONOTONIC_COARSE = 6;

/**
 * Microseconds between two ticks of the scheduler, at which kernels with tick accounting look
 * whether a process is in user mode; null when the system doesn't say.
 */
export async function readTickUs(): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  try {
    const { default: koffi } = await import('koffi');
    const resolution = koffi
      .load(null)
      .func('clock_getres', 'int', ['int', koffi.out('int64_t *')]);
    // A timespec: two words of 64 bits on the systems that there are binaries for.
    const timespec = new BigInt64Array(2);
    if (resolution(CLOCK_MONOTONIC_COARSE, timespec) !== 0) return null;
    const [seconds = 0n, nanoseconds = 0n] = timespec;
    return Number(seconds * 1_000_000_000n + nanoseconds) / 1000;
  } catch {
    return null;
  }
}
