import { type FlameBox, flameBoxes, flameTree } from './flame-tree.js';
import { duration, lastPlace } from './quantity.js';

const WIDTH = 1200;
const ROW = 17;
const MARGIN = 10;
const HEAD = 44;
const FOOT = 24;
/** Width of a letter of the font, roughly. */
const LETTER = 6.6;
const TITLE_LETTER = 8.5;
const LEAST_PIXELS = 0.3;

/** Hues: the kernel's functions, the program's, and what stacks are grouped by. */
const KERNEL_HUE = 18;
const USER_HUE = 205;
const GROUP_HUE = 130;

/** Frames above the chains: all, the cell, the side. */
const GROUPS = 3;

/**
 * A flame graph as one SVG file without references to others: width is time per operation, and
 * a click on a box widens it to the whole. Frames of the kernel end in `_[k]` and have their own
 * colour.
 *
 * @param stacks folded, in ns per operation
 */
export function renderFlameGraph(stacks: ReadonlyMap<string, number>, title: string): string {
  const inner = WIDTH - 2 * MARGIN;
  const boxes = flameBoxes(flameTree(stacks), LEAST_PIXELS / inner);
  const deepest = Math.max(0, ...boxes.map(({ depth }) => depth));
  const height = HEAD + (deepest + 1) * ROW + FOOT;
  const base = height - FOOT - ROW;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`,
    `<style>${STYLE}</style>`,
    `<rect width="100%" height="100%" fill="#fbfbf8"/>`,
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-size="14">${escaped(shortened(title, inner, TITLE_LETTER))}</text>`,
    `<text id="reset" x="${MARGIN}" y="36">reset zoom</text>`,
    '<g id="flames">',
    ...boxes.map((box) => boxElement(box, inner, base)),
    '</g>',
    `<text id="detail" x="${MARGIN}" y="${height - 8}">time per operation, both sides; click to zoom</text>`,
    `<script><![CDATA[${script(inner)}]]></script>`,
    '</svg>',
    '',
  ].join('\n');
}

function boxElement(box: FlameBox, inner: number, base: number): string {
  const { name, depth, x, width, value } = box;
  const left = (MARGIN + x * inner).toFixed(2);
  const top = base - depth * ROW;
  const shown = name.replace(/_\[k\]$/, '');
  const label = `${shown} (${duration(value, lastPlace(value, value / 150))}, ${(100 * width).toFixed(2)} %)`;
  return (
    `<g data-x="${x.toFixed(6)}" data-w="${width.toFixed(6)}" data-n="${escaped(shown)}">` +
    `<title>${escaped(label)}</title>` +
    `<rect x="${left}" y="${top}" width="${(width * inner).toFixed(2)}" height="${ROW - 1}" fill="${colour(box)}"/>` +
    `<text x="${(Number(left) + 3).toFixed(2)}" y="${top + 12}">${escaped(shortened(shown, width * inner))}</text></g>`
  );
}

/** As much of a name as there is room for. */
function shortened(name: string, width: number, letter: number = LETTER): string {
  const letters = Math.floor((width - 6) / letter);
  if (name.length <= letters) return name;
  return letters < 3 ? '' : `${name.slice(0, letters - 2)}..`;
}

/** The same function has the same colour everywhere. */
function colour({ name, depth }: FlameBox): string {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  const hue = depth < GROUPS ? GROUP_HUE : name.endsWith('_[k]') ? KERNEL_HUE : USER_HUE;
  return `hsl(${hue + (hash % 24)},${depth < GROUPS ? 25 : 75}%,${68 + (hash % 11)}%)`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (letter) => entities[letter] ?? letter);
}

const STYLE =
  '#flames g{cursor:pointer}#flames g:hover rect{stroke:#000}#flames text{pointer-events:none}' +
  '#reset{cursor:pointer;visibility:hidden;fill:#555}#detail{fill:#555}';

/** What a click does. The boxes carry their place and width as shares of the whole. */
function script(inner: number): string {
  return `
var boxes = [].slice.call(document.querySelectorAll('#flames g'));
var reset = document.getElementById('reset'), detail = document.getElementById('detail');
function zoom(x, w) {
  boxes.forEach(function (g) {
    var gx = +g.dataset.x, gw = +g.dataset.w, rect = g.children[1], text = g.children[2];
    var left = Math.max(gx, x), right = Math.min(gx + gw, x + w), width = (right - left) / w * ${inner};
    g.style.display = right - left > 1e-9 ? '' : 'none';
    if (right - left <= 1e-9) return;
    var at = ${MARGIN} + (left - x) / w * ${inner}, n = g.dataset.n, room = Math.floor((width - 6) / ${LETTER});
    rect.setAttribute('x', at); rect.setAttribute('width', width); text.setAttribute('x', at + 3);
    text.textContent = n.length <= room ? n : room < 3 ? '' : n.slice(0, room - 2) + '..';
  });
  reset.style.visibility = w < 1 ? 'visible' : 'hidden';
}
boxes.forEach(function (g) {
  g.addEventListener('click', function () { zoom(+g.dataset.x, +g.dataset.w); });
  g.addEventListener('mouseover', function () { detail.textContent = g.children[0].textContent; });
});
reset.addEventListener('click', function () { zoom(0, 1); });
`;
}
