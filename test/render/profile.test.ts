import { describe, expect, it } from 'vitest';
import { renderFlameGraph } from '../../src/render/flame-graph.js';
import { flameBoxes, flameTree } from '../../src/render/flame-tree.js';
import { renderFolded } from '../../src/render/folded.js';
import { renderProfile } from '../../src/render/profile.js';
import { drawBar } from '../../src/render/profile-bars.js';
import { profiledCell } from '../../src/session/profile-cell.js';
import type { ProfileDocument } from '../../src/session/profile-types.js';
import { sampledSide, TRACED_SIDE } from '../fixtures/collectors.js';
import { cell, measurement } from '../fixtures/measurements.js';

const side = sampledSide({ application: 10, scheduler: 30, 'kernel-copy': 9, unattributed: 1 });

function document(): ProfileDocument {
  const of = measurement(Array.from({ length: 1000 }, () => 1e5));
  const sampling = { sides: { client: side, server: side }, lost: 0, othersShare: 0.3 };
  const calls = { client: { read: 1000 }, server: { read: 1500 } };
  const sides = { client: TRACED_SIDE, server: TRACED_SIDE };
  const arms = new Map([
    ['plain', [{ status: 'ok', measurement: of, figures: {} }]],
    ['perf-sampling', [{ status: 'ok', measurement: of, figures: { 'perf-sampling': sampling } }]],
    ['bpftrace', [{ status: 'ok', measurement: of, figures: { bpftrace: { sides, calls } } }]],
  ] as const);
  return {
    profile: {
      ...{ command: 'ipcbench profile', version: '0', kernel: '6', seed: 1, trials: 1 },
      ...{ duration_ns: 1e8, complete: true },
      collectors: [
        {
          ...{ collector: 'strace-count', used: false, reason: 'strace is not installed' },
          remedy: 'apt-get install strace',
        },
      ],
    },
    cells: [profiledCell(cell(), arms)],
  };
}

describe('a profile in the terminal', () => {
  const text = renderProfile(document(), { color: false, width: 100 });

  it('has every part that there is, and only those', () => {
    for (const part of ['application', 'copy in kernel', 'scheduler', 'woken', 'idle', 'sum']) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('memory management');
  });

  it('shows what is not attributed, and by which functions', () => {
    expect(text).toMatch(/^ {2}unattributed, client: 2\.0 % mystery$/m);
  });

  it('shows each source of user and system time', () => {
    for (const source of ['samples', 'getrusage', 'tracepoints']) expect(text).toContain(source);
  });

  it('shows whole numbers of system calls as such', () => {
    expect(text).toMatch(/^ {2}client read +1 +60\.0 µs +1 B$/m);
    expect(text).toMatch(/^ {2}server read +1\.5000/m);
  });

  it('says what could not be collected, and what disturbed', () => {
    expect(text).toContain('strace-count: not available: strace is not installed');
    expect(text).toContain('what helps: apt-get install strace');
    expect(text).toContain('other processes had up to 30 %');
  });

  it('fits the terminal', () => {
    const lines = text.split('\n').filter((line) => line.includes('█') || line.includes('  sum'));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('a cell without figures is a line with the reason', () => {
    const [first] = document().cells;
    if (!first) throw new Error('no cell');
    const failed = { ...first, sides: null, status: 'unavailable' as const, reason: 'too large' };
    const words = renderProfile({ ...document(), cells: [failed] }, { color: false });
    expect(words).toContain('not available: too large');
  });
});

describe('a bar', () => {
  it.each([
    [0, ''],
    [0.5, '█████'],
    [1, '██████████'],
    [0.0125, '▏'],
    [2, '██████████'],
  ])('of %f of ten columns is "%s"', (share, bar) => expect(drawBar(share, 10)).toBe(bar));
});

const STACKS = new Map([
  ['cell;client;main;read;tcp_ack_[k]', 30.4],
  ['cell;client;main', 10],
  ['cell;server;a<b>&"c"', 59.6],
]);

describe('folded stacks', () => {
  it('are whole numbers, in order', () => {
    expect(renderFolded(STACKS)).toBe(
      'cell;client;main 10\ncell;client;main;read;tcp_ack_[k] 30\ncell;server;a<b>&"c" 60\n',
    );
  });
});

describe('a flame graph', () => {
  const boxes = flameBoxes(flameTree(STACKS), 0);
  const named = (name: string) => boxes.find((box) => box.name === name);

  it('merges chains that begin alike', () => {
    expect(named('all')).toMatchObject({ x: 0, width: 1, depth: 0 });
    expect(named('client')?.width).toBeCloseTo(0.404);
    expect(named('main')?.width).toBeCloseTo(0.404);
    expect(named('read')?.width).toBeCloseTo(0.304);
    expect(boxes.filter(({ name }) => name === 'main')).toHaveLength(1);
  });

  it('puts boxes on their callers, side by side', () => {
    const client = named('client');
    const server = named('server');
    expect(server?.x).toBeCloseTo((client?.x ?? 0) + (client?.width ?? 0));
    expect(named('tcp_ack_[k]')?.depth).toBe(5);
  });

  it('leaves out what is too narrow to be seen', () => {
    expect(flameBoxes(flameTree(STACKS), 0.35).map(({ name }) => name)).not.toContain('read');
  });

  it('is one well-formed file that refers to no other', () => {
    const svg = renderFlameGraph(STACKS, 'ipcbench profile "a" <b>');
    expect(svg).toContain('<title>a&lt;b&gt;&amp;&quot;c&quot; (59.6 ns, 59.60 %)</title>');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(/);
    const opened = svg.match(/<g[ >]/g)?.length;
    expect(svg.match(/<\/g>/g)).toHaveLength(opened ?? -1);
    expect(svg.match(/<title>/g)).toHaveLength(boxes.length);
  });

  it('has as much of a long title as there is room for', () => {
    const svg = renderFlameGraph(STACKS, `ipcbench profile ${'--flag '.repeat(40)}`);
    const [, shown = ''] = svg.match(/font-size="14">([^<]*)</) ?? [];
    expect(shown).toMatch(/^ipcbench profile .*\.\.$/);
    expect(shown.length).toBeLessThan(140);
  });
});
