import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { UserError } from '../errors.js';
import type { CpuPair } from '../host/placement.js';
import { nativeFiles } from './native-files.js';

const run = promisify(execFile);

const TIME_LIMIT_MS = 30_000;
const outputSchema = z.object({ copy_ns: z.number().nonnegative() });

/** Measures what copies cost. */
export interface CopyMeter {
  /** The median time of one copy of each size whose bytes the other processor has just written. */
  measure(sizes: readonly number[]): Promise<ReadonlyMap<number, number>>;
}

/** Measures copies with the native executable, on the processors of a pair of peers. */
export class NativeCopyMeter implements CopyMeter {
  /** @param durationNs for each size */
  constructor(
    private readonly place: CpuPair,
    private readonly durationNs: number,
    private readonly executable: string = nativeFiles(process.env).executable,
  ) {}

  /** @throws UserError when the native part isn't built, or is an older one */
  async measure(sizes: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const costs = new Map<number, number>();
    for (const bytes of sizes) costs.set(bytes, await this.#measureOne(bytes));
    return costs;
  }

  async #measureOne(bytes: number): Promise<number> {
    const { clientCpu, serverCpu } = this.place;
    const words = [bytes, clientCpu ?? -1, serverCpu ?? -1, this.durationNs].map(String);
    try {
      const limit = { timeout: TIME_LIMIT_MS };
      const { stdout } = await run(this.executable, ['bcopy', ...words], limit);
      return outputSchema.parse(JSON.parse(stdout)).copy_ns;
    } catch (error) {
      throw new UserError(`Copies could not be measured: ${(error as Error).message.trim()}.`, [
        'Build the native part: npm run build:native',
      ]);
    }
  }
}
