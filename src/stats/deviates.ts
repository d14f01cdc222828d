import type { Random } from './random.js';

/**
 * A standard normal deviate (Box & Muller, "A Note on the Generation of Random
 * Normal Deviates", 1958); the second one is not kept, so that the generator's
 * state is the only one.
 */
export function normalDeviate(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.float()));
  return radius * Math.cos(2 * Math.PI * random.float());
}

/** A gamma deviate with shape >= 1 and scale 1 (Marsaglia & Tsang, ACM TOMS 26(3), 2000). */
export function gammaDeviate(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalDeviate(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.float()) < x * x * 0.5 + d - d * v + d * Math.log(v)) return d * v;
  }
}
