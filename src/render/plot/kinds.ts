/** Kinds of figures. */
export const PLOT_KINDS = [
  ...(['bars', 'sweep', 'ecdf', 'violin', 'scaling', 'anatomy', 'heatmap'] as const),
] as const;
export type PlotKind = (typeof PLOT_KINDS)[number];
