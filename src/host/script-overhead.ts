/** What calls from JavaScript cost, in ns: the median over batches of calls. */
export interface ScriptOverhead {
  /** A call of a C function that does next to nothing (abs), through FFI. */
  readonly ffi_call_ns: number;
  /** `process.hrtime.bigint()` */
  readonly hrtime_ns: number;
  /** `performance.now()` */
  readonly performance_now_ns: number;
}

/**
 * Measures with mitata what keeps the timed path out of JavaScript. Nothing else needs mitata, so
 * it is loaded here only.
 *
 * @param seconds for all of them together, about
 */
export async function measureScriptOverhead(seconds: number): Promise<ScriptOverhead> {
  const { measure } = await import('mitata');
  const { default: koffi } = await import('koffi');
  const abs = koffi.load(null).func('abs', 'int', ['int']);
  // Its own way to collect garbage between samples is to allocate a GiB.
  const options = { min_cpu_time: (seconds * 1e9) / 3, inner_gc: false, gc: () => {} };
  const medianNs = async (call: () => unknown) => (await measure(call, { ...options })).p50;
  return {
    ffi_call_ns: await medianNs(() => abs(-1)),
    hrtime_ns: await medianNs(() => process.hrtime.bigint()),
    performance_now_ns: await medianNs(() => performance.now()),
  };
}
