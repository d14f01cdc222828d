import { operationTimes } from '../../store/operation.js';
import { timesText } from '../compare-columns.js';
import { operationWords } from '../operation-words.js';
import { durationWithInterval, halfWidth, lastPlace } from '../quantity.js';
import { ratioText } from '../verdict.js';
import { type Html, html } from './html.js';
import type { PlaceVerdicts, Verdicts } from './verdicts.js';

/** Every place in a block that opens: the fastest mechanism, and the others beside it. */
export function verdictsHtml({ places, level, pairs, noise }: Verdicts): Html {
  if (places.length === 0) {
    return html`<p>Nothing to compare: every place has one mechanism.</p>`;
  }
  const percent = `${Number((100 * level).toPrecision(6))} %`;
  return html`<p>Every mechanism against the fastest of its place, within the blocks of its run. The interval shown
is at 95 %; a verdict rests on one at ${percent} (Bonferroni over ${pairs} pairs) and on a ratio beyond
${Number((100 * noise).toPrecision(2))} %. <em>Not separated</em> doesn’t show that two are equal.</p>
${places.map((place, i) => placeHtml(place, i === 0))}`;
}

function placeHtml(one: PlaceVerdicts, open: boolean): Html {
  const { pattern, place, fastest, others, run } = one;
  const name = [pattern, place].filter((part) => part !== '').join(', ');
  return html`<details${open ? html` open` : null}><summary>${name}: <strong>${fastest.probe}</strong></summary>
<div class="scroll" tabindex="0" role="region" aria-label="${name}">
<table><thead><tr><th scope="col">mechanism</th><th scope="col" class="right">${operationWords(pattern).median}</th>
<th scope="col" class="right">times the fastest [95 % CI]</th><th scope="col" class="right">CPU time</th><th scope="col" class="right">p</th><th scope="col">verdict</th></tr></thead>
<tbody>
<tr><td>${fastest.probe}</td><td class="right">${medianText(fastest)}</td><td class="right">1</td><td class="right">1</td><td></td><td>fastest</td></tr>
${others.map(otherHtml)}
</tbody></table></div>
<p class="note">Run ${run}.</p></details>
`;
}

function otherHtml({ cell, pair }: PlaceVerdicts['others'][number]): Html {
  const ratio =
    pair.ratio === null
      ? ''
      : pair.ci95 === null
        ? timesText(pair.ratio)
        : ratioText(pair.ratio, pair.ci95);
  const p = pair.p === null ? '' : pair.p < 0.001 ? '<0.001' : pair.p.toFixed(3);
  return html`<tr><td>${cell.probe}</td><td class="right">${medianText(cell)}</td><td class="right">${ratio}</td><td class="right">${timesText(pair.cpu_ratio)}</td><td class="right">${p}</td><td>${verdictText(pair.verdict)}</td></tr>
`;
}

/** The pair's A is the fastest: what is said of it is turned round. */
function verdictText(verdict: string): string {
  return verdict === 'faster' ? 'slower' : verdict === 'slower' ? 'faster' : verdict;
}

function medianText(cell: PlaceVerdicts['fastest']): string {
  const times = operationTimes(cell);
  if (times === null) return '';
  const place = lastPlace(times.median, halfWidth(times.ci95));
  return durationWithInterval(times.median, times.ci95, place).replace(' [n/a]', '');
}
