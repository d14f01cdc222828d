import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Classes that a sample can belong to, in the order in which they are shown. */
export const SAMPLE_CLASSES = [
  'application',
  'user-copy',
  'kernel-copy',
  'syscall',
  'scheduler',
  'protocol',
  'memory',
  'spin',
  'interrupt',
  'unattributed',
] as const;

export type SampleClass = (typeof SAMPLE_CLASSES)[number];

/** Objects that rules tell apart. */
const OBJECTS = [
  'kernel',
  'vdso',
  'libc',
  'libfastsock',
  'libdoor',
  'libtirpc',
  'peer',
  'other',
] as const;

export type ObjectKind = (typeof OBJECTS)[number];

/** One frame of a call chain. */
export interface Frame {
  /** Without the offset; `[unknown]` where there is no symbol. */
  readonly symbol: string;
  /** Where it is from, as perf names it: a path, `[kernel.kallsyms]`, `[vdso]`. */
  readonly object: string;
}

interface RuleData {
  readonly class: string;
  readonly in: string;
  readonly symbols: readonly string[];
  readonly under?: readonly string[];
  readonly only?: string;
  readonly with?: string;
}

type Verdict = SampleClass | 'transparent';

interface Rule {
  readonly verdict: Verdict;
  readonly matches: (symbol: string) => boolean;
  readonly under: ((symbol: string) => boolean) | null;
  readonly leafOnly: boolean;
  readonly requires: ObjectKind | null;
}

export type AttributionTable = ReadonlyMap<ObjectKind, readonly Rule[]>;

const DATA = new URL('../../src/collect/attribution.json', import.meta.url);

/** Reads the rules that come with the program. */
export function readAttribution(): AttributionTable {
  return parseAttribution(JSON.parse(readFileSync(DATA, 'utf8')));
}

/** @throws Error for a rule that names what there is not */
export function parseAttribution(data: { readonly rules: readonly RuleData[] }): AttributionTable {
  const table = new Map<ObjectKind, Rule[]>();
  for (const rule of data.rules) {
    const kind = known(OBJECTS, rule.in);
    table.set(kind, [...(table.get(kind) ?? []), parseRule(rule)]);
  }
  return table;
}

function parseRule(rule: RuleData): Rule {
  if (rule.only !== undefined && rule.only !== 'leaf') throw new Error(`only "${rule.only}"`);
  return {
    verdict: known([...SAMPLE_CLASSES, 'transparent'] as const, rule.class),
    matches: matcher(rule.symbols),
    under: rule.under === undefined ? null : matcher(rule.under),
    leafOnly: rule.only === 'leaf',
    requires: rule.with === undefined ? null : known(OBJECTS, rule.with),
  };
}

function known<T extends string>(words: readonly T[], word: string): T {
  const found = words.find((one) => one === word);
  if (found === undefined) throw new Error(`attribution rules: there is no "${word}"`);
  return found;
}

/** Names, and patterns in which * stands for any text. */
function matcher(symbols: readonly string[]): (symbol: string) => boolean {
  const names = new Set(symbols.filter((symbol) => !symbol.includes('*')));
  const patterns = symbols
    .filter((symbol) => symbol.includes('*'))
    .map((symbol) => symbol.split('*').map(RegExpEscape).join('.*'));
  const pattern = patterns.length === 0 ? null : new RegExp(`^(?:${patterns.join('|')})$`);
  return (symbol) => names.has(symbol) || (pattern?.test(symbol) ?? false);
}

function RegExpEscape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const LIBC = /^(libc[.-]|ld-|libpthread|libm[.-]|librt|ld\.so|libc\.musl)/;

/** What kind of object a frame is from. */
export function objectKind(object: string): ObjectKind {
  if (object === '[vdso]') return 'vdso';
  if (object === '[unknown]' || object === 'inlined') return 'other';
  if (object.startsWith('[') || /^bpf_(prog|trampoline)/.test(object) || object.endsWith('.ko')) {
    return 'kernel';
  }
  const file = basename(object.replace(/ \(deleted\)$/, ''));
  if (LIBC.test(file)) return 'libc';
  if (file.startsWith('libfastsock') || file.startsWith('libspeedup')) return 'libfastsock';
  if (file.startsWith('libdoor')) return 'libdoor';
  if (file.startsWith('libtirpc')) return 'libtirpc';
  return file === 'ipcbench-peer' ? 'peer' : 'other';
}

/** Without what compilers and symbol versions append. */
export function plainSymbol(symbol: string): string {
  return symbol
    .replace(/@.*$/, '')
    .replace(/\+0x[0-9a-f]+$/, '')
    .replace(/(\.(isra|constprop|part|cold|llvm|lto_priv)(\.\d+)*)+$/, '');
}

/** Whether the processor was in the kernel: the innermost frame says. */
export function isKernelSample(frames: readonly Frame[]): boolean {
  return frames[0] !== undefined && objectKind(frames[0].object) === 'kernel';
}

/**
 * The class of a sample; see the notes in attribution.json.
 *
 * @param frames innermost first
 * @param present objects that the side has samples in
 */
export function classify(
  frames: readonly Frame[],
  table: AttributionTable,
  present: ReadonlySet<ObjectKind> = new Set(),
): SampleClass {
  const walked = isKernelSample(frames) ? frames : frames.slice(0, 1);
  let leaf = true;
  for (const [depth, frame] of walked.entries()) {
    const kind = objectKind(frame.object);
    if (depth > 0 && kind !== 'kernel') break;
    const caller = walked[depth + 1];
    const verdict = verdictOf(plainSymbol(frame.symbol), caller, {
      rules: table.get(kind) ?? [],
      leaf,
      present,
    });
    if (verdict !== null && verdict !== 'transparent') return verdict;
    if (verdict === null) leaf = false;
  }
  // Nothing but thunks and the like: on the way in, or out again.
  return leaf && isKernelSample(frames) ? 'syscall' : 'unattributed';
}

interface RuleContext {
  readonly rules: readonly Rule[];
  readonly leaf: boolean;
  readonly present: ReadonlySet<ObjectKind>;
}

function verdictOf(
  symbol: string,
  caller: Frame | undefined,
  { rules, leaf, present }: RuleContext,
): Verdict | null {
  const found = rules.find(
    (rule) =>
      rule.matches(symbol) &&
      (leaf || !rule.leafOnly) &&
      (rule.under === null || (caller !== undefined && rule.under(plainSymbol(caller.symbol)))) &&
      (rule.requires === null || present.has(rule.requires)),
  );
  return found?.verdict ?? null;
}
