import type { ResultDocument } from '../store/schema.js';

/** A run that a side comes from. */
export interface Origin {
  readonly label: string;
  readonly document: ResultDocument;
}

/** Facts of the host that bear on every figure. */
const HOST_FACTS = [
  'hostname',
  'cpu_model',
  'kernel',
  'cpus_allowed',
  'governor',
  'turbo',
  'mitigations',
  'virtualisation',
] as const;

/** In what the runs of a comparison differ, and which are incomplete: one sentence each. */
export function differences(origins: readonly Origin[]): string[] {
  const runs = distinctRuns(origins);
  const [first, ...others] = runs;
  if (first === undefined) return [];
  const notes = others.flatMap((other) => differencesOf(first, other, runs.length > 2));
  const incomplete = runs.filter(({ document }) => !document.run.complete);
  return [
    ...notes,
    ...(others.length > 0
      ? [
          `The ${runs.length === 2 ? 'two' : `${runs.length} runs`} were not measured interleaved: part of a difference may be drift.`,
        ]
      : []),
    ...incomplete.map(
      ({ label }) => `The run of ${label} is incomplete: it was interrupted, or still goes on.`,
    ),
  ];
}

function distinctRuns(origins: readonly Origin[]): Origin[] {
  return origins.filter(
    ({ document }, index) =>
      origins.findIndex((other) => other.document.run.id === document.run.id) === index,
  );
}

function differencesOf(a: Origin, b: Origin, named: boolean): string[] {
  const [runA, runB] = [a.document.run, b.document.run];
  const of = named ? ` of ${a.label} and ${b.label}` : '';
  const facts = HOST_FACTS.filter(
    (fact) => JSON.stringify(runA.host[fact]) !== JSON.stringify(runB.host[fact]),
  );
  return [
    ...(facts.length > 0 ? [`The hosts${of} differ in ${facts.join(', ')}.`] : []),
    ...(runA.ipcbench === runB.ipcbench
      ? []
      : [`The versions of ipcbench${of} differ: ${runA.ipcbench}, ${runB.ipcbench}.`]),
    ...(JSON.stringify(runA.plan) === JSON.stringify(runB.plan)
      ? []
      : [`The plans${of} (duration, warm-up, trials) differ.`]),
  ];
}
