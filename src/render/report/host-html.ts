import type { ResultDocument } from '../../store/schema.js';
import { type Html, html } from './html.js';

/** What the host section names, in this order; the raw results have the rest. */
const FACTS: readonly (readonly [key: string, name: string])[] = [
  ['hostname', 'host'],
  ['cpu_model', 'processor'],
  ['cpus_allowed', 'processors'],
  ['virtualisation', 'virtualisation'],
  ['distribution', 'system'],
  ['kernel', 'kernel'],
  ['arch', 'architecture'],
  ['memory_bytes', 'memory'],
  ['governor', 'frequency governor'],
  ['turbo', 'turbo'],
  ['smt', 'hyper-threads'],
  ['clocksource', 'clock source'],
  ['aslr', 'address space randomisation'],
  ['transparent_hugepages', 'huge pages'],
  ['compiler', 'compiler'],
  ['node', 'Node.js'],
  ['machine', 'machine'],
];

/** The machine that a run was measured on. */
export function hostHtml({ run }: ResultDocument): Html {
  const host = run.host as Readonly<Record<string, unknown>>;
  const told = FACTS.flatMap(([key, name]) => {
    const value = host[key];
    return value === undefined ? [] : [[name, factText(key, value)] as const];
  });
  return html`<dl class="facts">${told.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function factText(key: string, value: unknown): string {
  if (value === null) return 'not known';
  if (key === 'memory_bytes') return `${(Number(value) / 2 ** 30).toFixed(1)} GiB`;
  return Array.isArray(value) ? value.join(', ') : String(value);
}

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly reason: string;
}

/** What `ipcbench doctor` found wrong when the run began. */
export function warningsHtml({ run }: ResultDocument): Html {
  const found = (run.host as { doctor?: readonly Finding[] }).doctor;
  if (found === undefined || found === null) {
    return html`<p>The run has no record of the machine’s state.</p>`;
  }
  const wrong = found.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'unknown');
  if (wrong.length === 0)
    return html`<p>The machine was in order: no check of ipcbench doctor had anything to say.</p>`;
  return html`<ul class="warnings">${wrong.map(
    ({ check, verdict, reason }) =>
      html`<li class="${verdict}"><strong>${check}</strong> (${verdict}): ${reason}</li>`,
  )}</ul>`;
}

/** How a run was carried out: all that is needed to do it again. */
export function methodHtml({ run }: ResultDocument): Html {
  const plan = Object.entries(run.plan ?? {}).filter(([, value]) => typeof value !== 'object');
  const rows: (readonly [string, string])[] = [
    ['command', run.command ?? 'not known'],
    ['ipcbench', run.ipcbench ?? 'not known'],
    ['seed', String(run.seed ?? 'none')],
    ['started', run.started ?? 'not known'],
    ['ended', run.ended ?? 'not known'],
    ['complete', run.complete ? 'yes' : 'no'],
    ...(run.source === undefined ? [] : [['source', String(run.source)] as const]),
    ...plan.map(([name, value]) => [name.replaceAll('_', ' '), String(value)] as const),
  ];
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
