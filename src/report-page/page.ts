/**
 * What the report's page does beyond being read: sorting and filtering tables, telling what a mark
 * of a figure stands for, dark and light, downloads. A module that is run once, at the end of the page.
 */
function all<T extends Element>(selector: string, within: ParentNode = document): T[] {
  return [...within.querySelectorAll<T>(selector)];
}

/* --- tables: sorting --------------------------------------------------- */

/** Rows without a number come last, whichever way the others go. */
function compareCells(a: HTMLTableRowElement, b: HTMLTableRowElement, at: number): number {
  const [left, right] = [a.cells[at], b.cells[at]];
  const [x, y] = [left?.dataset.key, right?.dataset.key];
  if (x !== undefined && y !== undefined) return Number(x) - Number(y);
  return (left?.textContent ?? '').localeCompare(right?.textContent ?? '', 'en', {
    numeric: true,
  });
}

function isBlank(row: HTMLTableRowElement, at: number): boolean {
  const cell = row.cells[at];
  return cell === undefined || cell.classList.contains('remark') || cell.textContent === '';
}

function sortBy(table: HTMLTableElement, at: number): void {
  const head = table.tHead?.rows[0]?.cells;
  const body = table.tBodies[0];
  if (head === undefined || body === undefined) return;
  const rises = head[at]?.getAttribute('aria-sort') !== 'ascending';
  for (const cell of head) cell.removeAttribute('aria-sort');
  head[at]?.setAttribute('aria-sort', rises ? 'ascending' : 'descending');
  const rows = [...body.rows];
  rows.sort((a, b) => {
    const blanks = Number(isBlank(a, at)) - Number(isBlank(b, at));
    return blanks !== 0 ? blanks : (rises ? 1 : -1) * compareCells(a, b, at);
  });
  body.append(...rows);
}

for (const table of all<HTMLTableElement>('table.figures')) {
  all<HTMLButtonElement>('th button', table).forEach((button, at) => {
    button.addEventListener('click', () => sortBy(table, at));
  });
}

/* --- tables: filtering ------------------------------------------------- */

function matches(row: HTMLElement, words: readonly string[], chosen: [string, string][]) {
  const text = (row.textContent ?? '').toLowerCase();
  const about = JSON.parse(row.dataset.about ?? '{}') as Record<string, string>;
  return (
    words.every((word) => text.includes(word)) &&
    chosen.every(([column, value]) => value === '' || about[column] === value)
  );
}

function filter(controls: HTMLElement): void {
  const table = document.getElementById(controls.dataset.for ?? '');
  const typed = controls.querySelector<HTMLInputElement>('input[name=text]')?.value ?? '';
  // `4 KiB` is one thing to look for; a comma sets things apart.
  const words = typed
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const chosen = all<HTMLSelectElement>('select', controls).map((select): [string, string] => [
    select.dataset.column ?? '',
    select.value,
  ]);
  const rows = table === null ? [] : all<HTMLTableRowElement>('tbody tr', table);
  for (const row of rows) row.hidden = !matches(row, words, chosen);
  const shown = rows.filter((row) => !row.hidden).length;
  const count = controls.querySelector('.count');
  if (count)
    count.textContent = shown === rows.length ? `${shown} rows` : `${shown} of ${rows.length} rows`;
}

for (const controls of all<HTMLElement>('.controls')) {
  controls.addEventListener('input', () => filter(controls));
  // What a browser kept from before is applied, too.
  filter(controls);
}

/* --- figures: what a mark stands for ----------------------------------- */

/** Axes, legends and titles describe themselves, too. */
const AROUND = ['axis', 'legend', 'title', 'title text'].map(
  (what) => `:not([aria-roledescription="${what}"])`,
);
const MARKS = `[role="graphics-symbol"][aria-label]${AROUND.join('')}`;
const tip = document.getElementById('tip') as HTMLElement;
let current: Element | null = null;
/** Whether the arrow keys chose the current mark. */
let byKeyboard = false;
/** Where the pointer was when it last moved. */
let pointer = '';

function show(mark: Element): void {
  current?.classList.remove('current');
  current = mark;
  mark.classList.add('current');
  tip.textContent = mark.getAttribute('aria-label');
  tip.hidden = false;
  place(mark);
}

function place(mark: Element): void {
  const at = mark.getBoundingClientRect();
  const left = Math.min(at.left + at.width / 2, innerWidth - tip.offsetWidth - 8);
  const above = at.top - tip.offsetHeight - 8;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${above < 4 ? at.bottom + 8 : above}px`;
}

function hide(): void {
  current?.classList.remove('current');
  current = null;
  tip.hidden = true;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

for (const figure of all<HTMLElement>('figure')) {
  const marks = all<SVGElement>(MARKS, figure);
  figure.addEventListener('pointermove', (event) => {
    // A page that scrolls below a resting pointer says so, too; the keyboard's mark stays.
    const at = `${event.clientX} ${event.clientY}`;
    if (at === pointer) return;
    pointer = at;
    const mark = (event.target as Element).closest(MARKS);
    byKeyboard = false;
    if (mark === null) hide();
    else show(mark);
  });
  figure.addEventListener('pointerleave', () => {
    if (!byKeyboard) hide();
  });
  figure.addEventListener('blur', hide);
  figure.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    if (event.key === 'Escape') hide();
    if (step === undefined || marks.length === 0) return;
    event.preventDefault();
    const at = current === null ? -1 : marks.indexOf(current as SVGElement);
    const next = at < 0 ? 0 : (at + step + marks.length) % marks.length;
    byKeyboard = true;
    const mark = marks[next] as SVGElement;
    mark.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    show(mark);
  });
}
// A page that scrolls moves the mark away from what is told of it.
addEventListener('scroll', () => (byKeyboard && current !== null ? place(current) : hide()), {
  passive: true,
});

/* --- dark and light ---------------------------------------------------- */

const button = document.getElementById('theme') as HTMLButtonElement;
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function use(dark: boolean): void {
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  button.setAttribute('aria-pressed', String(dark));
}

button.hidden = false;
use(prefersDark.matches);
prefersDark.addEventListener('change', () => use(prefersDark.matches));
button.addEventListener('click', () => use(document.documentElement.dataset.theme !== 'dark'));

/* --- downloads ---------------------------------------------------------- */

async function unpacked(base64: string): Promise<Blob> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Blob([await new Response(stream).blob()], { type: 'application/json' });
}

async function download({ result = '', name = '' }: DOMStringMap): Promise<void> {
  const text = document.getElementById(result)?.textContent ?? '';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await unpacked(text.trim()));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

for (const own of all<HTMLButtonElement>('button.download')) {
  own.addEventListener('click', () => void download(own.dataset));
}

export {};
