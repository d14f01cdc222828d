/** A function below others, in all chains that begin alike. */
export interface FlameNode {
  readonly name: string;
  /** With everything that it calls. */
  value: number;
  readonly children: Map<string, FlameNode>;
}

/** Chains that begin alike become one tree. */
export function flameTree(stacks: ReadonlyMap<string, number>): FlameNode {
  const root: FlameNode = { name: 'all', value: 0, children: new Map() };
  for (const [chain, value] of stacks) {
    root.value += value;
    let node = root;
    for (const name of chain.split(';')) {
      const child = node.children.get(name) ?? { name, value: 0, children: new Map() };
      node.children.set(name, child);
      child.value += value;
      node = child;
    }
  }
  return root;
}

/** A rectangle of the graph: `x` and `width` as shares of the whole. */
export interface FlameBox {
  readonly name: string;
  readonly depth: number;
  readonly x: number;
  readonly width: number;
  readonly value: number;
}

/**
 * Where the boxes are, callers below what they call, siblings by name.
 *
 * @param least boxes narrower than this share are left out
 */
export function flameBoxes(root: FlameNode, least: number): FlameBox[] {
  const boxes: FlameBox[] = [];
  const place = (node: FlameNode, depth: number, x: number) => {
    const width = node.value / root.value;
    if (!(width >= least)) return;
    boxes.push({ name: node.name, depth, x, width, value: node.value });
    let at = x;
    for (const child of [...node.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      place(child, depth + 1, at);
      at += child.value / root.value;
    }
  };
  place(root, 0, 0);
  return boxes;
}
