import { UserError } from '../errors.js';
import type { Selection } from '../plan/select.js';
import type { Settings, SettingsInput } from '../plan/settings.js';
import type { CellResult, ResultDocument } from '../store/schema.js';
import { differences } from './compare-differences.js';
import {
  confirm,
  type Gate,
  type GateGap,
  type GatePair,
  type GateRule,
  judge,
} from './compare-gate.js';
import type { Operand, ProbeOperand, SavedOperand } from './compare-operand.js';
import { cellInWords, dimensionsOf, placeKey } from './compare-place.js';
import {
  type ComparedSide,
  compareSides,
  inOneRun,
  rowsOf,
  type SideCells,
  sidesByPlace,
} from './compare-sets.js';
import {
  distinctLabels,
  type PlannedSide,
  pairingKeys,
  planSides,
  selectSides,
  splitSides,
  unitedSettings,
} from './compare-sides.js';
import type { Comparison } from './compare-types.js';
import type { Measured } from './measure.js';

/** What is to be compared, and how it is judged. */
export interface ComparisonRequest {
  readonly operands: readonly Operand[];
  /** A baseline that what is measured is compared with, whatever its number of probes. */
  readonly baseline: SavedOperand | null;
  readonly flags: SettingsInput;
  readonly noise: number;
  readonly rules: readonly GateRule[];
  /** Seed of the bootstrap where nothing is measured; null = that of the first run. */
  readonly seed: number | null;
}

/** What a comparison needs done. */
export interface ComparisonTools {
  readonly resolve: (typed: SettingsInput) => Promise<Settings>;
  readonly load: (operand: SavedOperand) => Promise<ResultDocument>;
  /** @param rerun whether it is measured again, to confirm what a gate found */
  readonly measure: (
    selection: Selection,
    settings: Settings,
    rerun: boolean,
  ) => Promise<Pick<Measured, 'document' | 'exitCode'>>;
}

/** What came of it. */
export interface Compared<M> {
  readonly comparison: Comparison;
  /** Null without rules. */
  readonly gate: Gate | null;
  readonly measured: M | null;
  /** Documents that were compared and were saved before, in the order of the sides. */
  readonly saved: readonly ResultDocument[];
}

/** What is measured for a comparison. */
export interface PlannedComparison {
  readonly sides: readonly PlannedSide[];
  readonly selection: Selection;
  readonly settings: Settings;
}

/**
 * The plan of a comparison's probes; null when all its sides are saved.
 *
 * @throws UserError for settings that can't be
 */
export async function planComparison(
  { operands, flags }: Pick<ComparisonRequest, 'operands' | 'flags'>,
  resolve: ComparisonTools['resolve'],
): Promise<PlannedComparison | null> {
  const probes = operands.filter((operand): operand is ProbeOperand => operand.kind === 'probe');
  if (probes.length === 0) return null;
  const sides = await planSides(probes, flags, resolve);
  return { sides, selection: selectSides(sides), settings: unitedSettings(sides) };
}

/**
 * Compares: loads what was saved, measures the probes in one plan, and where rules are broken
 * measures what broke them once more.
 *
 * @throws UserError for what can't be loaded, planned or compared
 */
export async function runComparison(
  request: ComparisonRequest,
  tools: ComparisonTools,
): Promise<Compared<Pick<Measured, 'document' | 'exitCode'>>> {
  const plan = await planComparison(request, tools.resolve);
  const saved = await loadSaved(request, tools);
  const measured = plan && (await tools.measure(plan.selection, plan.settings, false));
  const scene: Scene = { request, plan, saved };
  const documents = [...saved.values()];
  const seed = request.seed ?? measured?.document.run.seed ?? documents[0]?.run.seed ?? 0;
  const sides = assemble(scene, measured?.document ?? null);
  const comparison = compareSides(sides, {
    seed,
    noise: request.noise,
    notes: differences(originsOf(scene, measured?.document ?? null)),
  });
  const gate = await judged(scene, sides, tools, { seed, document: measured?.document ?? null });
  return { comparison, gate, measured, saved: documents };
}

/** A comparison as far as it is known before anything is measured. */
interface Scene {
  readonly request: ComparisonRequest;
  readonly plan: PlannedComparison | null;
  readonly saved: ReadonlyMap<Operand, ResultDocument>;
}

async function loadSaved(
  { operands, baseline }: ComparisonRequest,
  { load }: ComparisonTools,
): Promise<ReadonlyMap<Operand, ResultDocument>> {
  const wanted = [...(baseline === null ? [] : [baseline]), ...operands];
  const loaded = new Map<Operand, ResultDocument>();
  for (const operand of wanted) {
    if (operand.kind === 'saved') loaded.set(operand, await load(operand));
  }
  return loaded;
}

/** The sides with their cells: the baseline first, then the operands in their order. */
function assemble(scene: Scene, document: ResultDocument | null): ComparedSide[] {
  const { request, plan, saved } = scene;
  const planned = plan?.sides ?? [];
  const split = document === null ? [] : splitSides(document, planned);
  const run = document?.run.id;
  const measured = (label: string, cells: readonly CellResult[]): SideCells => ({
    ...{ label, cells },
    ...(run !== undefined && { run }),
  });
  if (saved.size === 0) {
    const keys = pairingKeys(planned);
    return planned.map(({ label }, index) => ({
      ...measured(label, split[index] ?? []),
      keyOf: keys[index] as (cell: CellResult) => string,
    }));
  }
  const probes = new Set(planned.map(({ probe }) => probe.name));
  const labels = savedLabels(saved);
  const savedSide = (operand: Operand): SideCells => ({
    label: labels.get(operand) ?? operand.label,
    cells: ofProbes(saved.get(operand)?.results ?? [], probes),
  });
  const together = request.baseline !== null && planned.length > 0;
  let next = 0;
  const sides = request.operands.flatMap((operand): SideCells[] => {
    if (operand.kind === 'saved') return [savedSide(operand)];
    const index = next++;
    if (!together) return [measured(planned[index]?.label ?? '', split[index] ?? [])];
    return index > 0 ? [] : [measured(togetherLabel(planned), split.flat())];
  });
  return sidesByPlace([
    ...(request.baseline === null ? [] : [savedSide(request.baseline)]),
    ...sides,
  ]);
}

/** What is compared with a baseline is one side, whatever its number of probes. */
function togetherLabel(planned: readonly PlannedSide[]): string {
  return planned.length === 1 ? (planned[0]?.label ?? '') : 'now';
}

function savedLabels(saved: ReadonlyMap<Operand, ResultDocument>): ReadonlyMap<Operand, string> {
  const operands = [...saved.keys()];
  const distinct = distinctLabels(operands.map(({ label }) => label));
  return new Map(operands.map((operand, index) => [operand, distinct[index] as string]));
}

/** Of a saved run only the mechanisms that are measured matter, if it has any of them. */
function ofProbes(cells: readonly CellResult[], probes: ReadonlySet<string>): CellResult[] {
  const own = cells.filter(({ probe }) => probes.has(probe));
  return own.length > 0 ? own : [...cells];
}

function originsOf({ saved }: Scene, document: ResultDocument | null) {
  const labels = savedLabels(saved);
  return [
    ...[...saved].map(([operand, one]) => ({
      label: labels.get(operand) ?? operand.label,
      document: one,
    })),
    ...(document === null ? [] : [{ label: 'what was measured now', document }]),
  ];
}

interface First {
  readonly seed: number;
  readonly document: ResultDocument | null;
}

async function judged(
  scene: Scene,
  sides: readonly ComparedSide[],
  tools: ComparisonTools,
  { seed, document }: First,
): Promise<Gate | null> {
  const { rules } = scene.request;
  if (rules.length === 0) return null;
  if (sides.length < 2) {
    throw new UserError('--fail-if needs something to compare with.', [
      'Give two sides, or one and --baseline NAME.',
    ]);
  }
  const { pairs, gaps } = gatePairs(sides);
  const incomplete = incompleteGaps(scene, document, sides);
  const gate = judge(rules, pairs, [...gaps, ...incomplete], seed);
  const suspects = gate.checks.filter(({ verdict }) => verdict === 'exceeded');
  if (suspects.length === 0 || scene.plan === null) return gate;
  const cells = pairs
    .filter(({ side, cell }) => suspects.some((one) => one.side === side && sameCell(one, cell)))
    .flatMap(({ cell, by }) => [cell, by]);
  const again = await measureAgain(scene.plan, cells, tools);
  return confirm(gate, rules, gatePairs(assemble(scene, again)).pairs, seed);
}

function sameCell(check: { readonly cell: string }, cell: CellResult): boolean {
  return check.cell === cellInWords(cell);
}

/** Only the cells that broke a rule, and those they are judged by, as far as they are measured. */
async function measureAgain(
  plan: PlannedComparison,
  cells: readonly CellResult[],
  tools: ComparisonTools,
): Promise<ResultDocument> {
  const wanted = new Set(
    cells.map((cell) => JSON.stringify([cell.probe, placeKey(dimensionsOf(cell))])),
  );
  const selection = selectSides(plan.sides, ({ probe }, place) =>
    wanted.has(JSON.stringify([probe.name, place])),
  );
  const seed = (plan.settings.seed + 1) % Number.MAX_SAFE_INTEGER;
  return (await tools.measure(selection, { ...plan.settings, seed }, true)).document;
}

/** Every other side by the first one. */
function gatePairs(sides: readonly ComparedSide[]): { pairs: GatePair[]; gaps: GateGap[] } {
  const reference = sides[0]?.label ?? '';
  const found = rowsOf(sides).flatMap(([by, ...others]) =>
    others.map((cell, index) => {
      const side = sides[index + 1];
      return { cell, by, side: side?.label ?? '', paired: inOneRun(sides[0], side) };
    }),
  );
  return {
    pairs: found.flatMap(({ cell, by, side, paired }) =>
      cell && by ? [{ side, reference, cell, by, paired }] : [],
    ),
    gaps: found.flatMap(({ cell, by, side }): GateGap[] => {
      const known = cell ?? by;
      if ((cell && by) || known === undefined) return [];
      const reason = `${cell === undefined ? side : reference} has no such cell`;
      return [{ side, reference, cell: cellInWords(known), reason }];
    }),
  };
}

/** A run that was interrupted may lack cells that nothing else tells of. */
function incompleteGaps(
  scene: Scene,
  document: ResultDocument | null,
  sides: readonly ComparedSide[],
): GateGap[] {
  const reference = sides[0]?.label ?? '';
  return originsOf(scene, document)
    .filter((origin) => !origin.document.run.complete)
    .map(({ label }) => ({
      ...{ side: label, reference, cell: 'the whole run' },
      reason: `the run of ${label} is incomplete`,
    }));
}
