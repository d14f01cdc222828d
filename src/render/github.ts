import { operationTimes } from '../store/operation.js';
import type { ResultDocument } from '../store/schema.js';
import { operationWords } from './operation-words.js';
import { placeText } from './place.js';
import { atPlace, halfWidth, lastPlace } from './quantity.js';
import { hostOf } from './tidy.js';

/** An entry that benchmark-tracking actions read. */
export interface TrackedFigure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Half the 95 % confidence interval, as text; absent where there is none. */
  readonly range?: string;
  readonly extra: string;
}

/**
 * The medians as JSON for benchmark-tracking actions: the `customSmallerIsBetter` of
 * github-action-benchmark (https://github.com/benchmark-action/github-action-benchmark). Always in
 * nanoseconds, or a chart over many runs would jump where the unit changes; rounded at the place
 * that the interval bears out. Cells without figures have no entry.
 */
export function renderGithub(documents: readonly ResultDocument[]): string {
  return `${JSON.stringify(trackedFigures(documents), null, 2)}\n`;
}

/** The entries; the same name in every run of the same cell. */
export function trackedFigures(documents: readonly ResultDocument[]): TrackedFigure[] {
  const hosts = new Set(documents.map(({ run }) => hostOf(run)));
  return documents.flatMap((document) =>
    document.results.flatMap((cell) => {
      const times = operationTimes(cell);
      if (times === null) return [];
      const half = halfWidth(times.ci95);
      const place = lastPlace(times.median, half);
      const words = operationWords(cell.pattern).median;
      const host = hosts.size > 1 ? `${hostOf(document.run) ?? 'unknown host'}: ` : '';
      const clients = cell.clients > 1 ? `, ${cell.clients} clients` : '';
      const pattern = cell.pattern === 'echo' ? '' : `, ${cell.pattern}`;
      return [
        {
          name: `${host}${cell.probe}${pattern}, ${placeText(cell)}${clients}: ${words}`,
          unit: 'ns',
          value: Number(atPlace(times.median, place)),
          ...(half !== null && {
            range: `± ${atPlace(half, Math.min(place, lastPlace(half, null)))}`,
          }),
          extra: extraText(document, times.ci95, cell.trials),
        },
      ];
    }),
  );
}

function extraText(
  { run }: ResultDocument,
  ci95: readonly [number, number] | null,
  trials: number,
): string {
  const place = ci95 === null ? 0 : lastPlace(ci95[1], halfWidth(ci95));
  const interval =
    ci95 === null
      ? 'no interval'
      : `95 % CI ${ci95.map((end) => atPlace(end, place)).join(' .. ')} ns`;
  return [
    `${interval}, ${trials} ${trials === 1 ? 'trial' : 'trials'}`,
    `run ${run.id}`,
    `ipcbench ${run.ipcbench ?? 'unknown'}`,
    String(run.host.cpu_model ?? 'unknown processor'),
  ].join('\n');
}
