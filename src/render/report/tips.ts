import type { Spec } from '../plot/source.js';
import { size } from '../quantity.js';

/** Field that holds what a mark says when it is pointed at. */
const TIP = 'tip';

type Mark = string | { readonly type: string; readonly aria?: boolean };

interface Layer {
  readonly mark?: Mark;
  readonly data?: { readonly values?: readonly Datum[] };
  readonly encoding?: { readonly tooltip?: readonly Tooltip[]; readonly description?: object };
  readonly layer?: readonly Layer[];
  readonly spec?: Layer;
}

type Datum = Readonly<Record<string, unknown>>;

interface Tooltip {
  readonly field: string;
  readonly title?: string;
}

/**
 * Writes what the marks of a figure would show as tooltips into their descriptions, which a drawn
 * figure keeps (`aria-label`): for readers of screens, and for the script of the page.
 */
export function withTips(spec: Spec): Spec {
  return described(spec as Layer) as Spec;
}

/** Data may be that of a layer above, so that what is told is written where the data is. */
function described(layer: Layer): Layer {
  const fields = layer.data?.values === undefined ? undefined : fieldsBelow(layer);
  const values = layer.data?.values?.map(
    (datum): Datum => (fields ? { ...datum, [TIP]: tipOf(datum, fields) } : datum),
  );
  return {
    ...layer,
    ...(values && { data: { values } }),
    ...(layer.encoding?.tooltip && { encoding: withDescription(layer.encoding) }),
    ...(layer.mark !== undefined && !layer.encoding?.tooltip && { mark: silent(layer.mark) }),
    ...(layer.layer && { layer: layer.layer.map(described) }),
    ...(layer.spec && { spec: described(layer.spec) }),
  };
}

/** A mark that tells nothing of its own: bars of intervals, lines between points. */
function silent(mark: Mark): Mark {
  return { ...(typeof mark === 'string' ? { type: mark } : mark), aria: false };
}

function withDescription({ tooltip: _, ...encoding }: NonNullable<Layer['encoding']>) {
  return { ...encoding, description: { field: TIP, type: 'nominal' } };
}

/** What the marks that are drawn of a layer's own data tell. */
function fieldsBelow(layer: Layer): readonly Tooltip[] | undefined {
  if (layer.encoding?.tooltip) return layer.encoding.tooltip;
  const below = [...(layer.layer ?? []), ...(layer.spec ? [layer.spec] : [])];
  return below
    .filter(({ data }) => data === undefined)
    .map(fieldsBelow)
    .find((fields) => fields !== undefined);
}

function tipOf(datum: Datum, fields: readonly Tooltip[]): string {
  const told = fields.map(({ field }) => ({ field, value: datum[field] }));
  return told
    .filter(({ value }) => value !== undefined && value !== '')
    .map(({ field, value }) => (field === 'size' ? size(Number(value)) : String(value)))
    .join(' · ');
}
