import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderTable1 } from '../../src/render/table1.js';
import { reproduceTable1 } from '../../src/session/table1.js';
import { KEPT, type Medians, published, rows, table1Run } from '../fixtures/table1.js';

/** One column of each verdict. */
const MIXED: Medians = {
  doors: [0.19, 30, 5.4],
  'sysv-sem': [1.478, 30.1, 6.2],
  pipe: [2.3, 35, 5.9],
  'sysv-msg': [4.1, 50, 7.8],
  'onc-rpc-tcp': [70, 70, 21],
};

function render(medians: Medians, options: Parameters<typeof renderTable1>[2] = {}, run = {}) {
  const document = table1Run(medians, run);
  return renderTable1(reproduceTable1(document, rows, published), document, options);
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('renderTable1', () => {
  test.each([80, 120, 200])('at %i columns', async (width) => {
    const text = render(MIXED, { width });
    const longest = Math.max(...text.split('\n').map((line) => [...line].length));
    expect(longest).toBeLessThanOrEqual(width);
    await expect(text).toMatchFileSnapshot(`../fixtures/golden/table1-${width}.txt`);
  });

  test('has every median with its interval and every ratio at any width', () => {
    for (const width of [60, 80, 120, 200, undefined]) {
      const text = oneLine(render(KEPT, width === undefined ? {} : { width }));
      expect(text).not.toContain('Left out');
      expect(text.match(/\[\d[\d.]* \.\. [\d.]+\]/g)?.length).toBeGreaterThanOrEqual(15);
      for (const words of ['66 µs', '1020 µs', '2.15x', '15.5x', 'block, same-core: kept']) {
        expect(text).toContain(words);
      }
    }
  });

  test('says of each column whether the order is kept', () => {
    const text = oneLine(render(MIXED));
    expect(text).toContain('Order as published (doors < sysv-sem < pipe < sysv-msg < onc-rpc-tcp)');
    expect(text).toContain('adaptive, two-cores: kept block');
    expect(text).toContain('block, two-cores: undecided; not separated: doors and sysv-sem block');
    expect(text).toMatch(
      /block, same-core: not kept; pipe is 1\.\d+x \[[^\]]*\] faster than sysv-sem/,
    );
  });

  test('says of each column whether the ratios are at least as published', () => {
    const text = oneLine(render(MIXED));
    expect(text).toContain('adaptive, two-cores: yes block');
    expect(text).toContain('block, two-cores: no block');
    const some = oneLine(render({ ...MIXED, pipe: [0.3, 100, 5.9] }));
    expect(some).toContain('adaptive, two-cores: no for pipe; yes for sysv-sem, sysv-msg, onc-rpc');
  });

  test('marks what was measured under another policy', () => {
    const text = render(MIXED);
    expect(text).toMatch(/^onc-rpc-tcp +1020 µs +15\.5x +\d[\d.]* µs \[[^\]]*\]† /m);
    expect(text).toContain(
      '† onc-rpc-tcp does not offer wait policy adaptive: measured with block.',
    );
    expect(text.match(/†/g)).toHaveLength(2);
  });

  test('a mechanism that is not available has a row with its reason, and the others go on', () => {
    const away = { ...KEPT, doors: Array(3).fill('the door is shut') };
    for (const width of [80, 200]) {
      const text = render(away, { width });
      expect(text).toMatch(/^doors +66 µs +1 +not available: the door is shut$/m);
      expect(oneLine(text)).toContain('adaptive, two-cores: kept; without figures: doors');
      expect(oneLine(text)).toContain('block, same-core: not measured');
    }
  });

  test('a column that the machine lacks says so, and only that', () => {
    const lacking = 'placement two-cores: it takes two cores';
    const single = Object.fromEntries(
      Object.entries(KEPT).map(([name, medians]) => [name, [lacking, lacking, medians[2] ?? 0]]),
    );
    const narrow = render(single, { width: 80 });
    expect(narrow).toMatch(
      /^adaptive, two-cores: not available: placement two-cores: it takes two/m,
    );
    expect(narrow).toMatch(/^block, two-cores: not available: placement/m);
    expect(narrow).toMatch(/^block, same-core$/m);
    const wide = render(single, { width: 200 });
    expect(wide).toMatch(/^doors +66 µs +1 +not available +not available +\d/m);
    expect(wide).toContain(`block, two-cores: not available: ${lacking}.`);
    expect(oneLine(wide)).toContain('block, two-cores: not measured block, same-core: kept');
  });

  test('a cell without figures in a row that has others has its reason below', () => {
    const text = render({ ...KEPT, pipe: [2.3, 'no pipes today', 15] }, { width: 200 });
    expect(text).toMatch(/^pipe .* not available /m);
    expect(text).toContain('block, two-cores (pipe): not available: no pipes today.');
  });

  test('one trial has no intervals, and nothing is decided', () => {
    const text = oneLine(render(KEPT, {}, { trials: 1 }));
    expect(text).toContain('[n/a]');
    expect(text).toContain('undecided; intervals need two trials block');
  });

  test('names machine, waiting, processors, payload and transport as differences', () => {
    const document = table1Run(KEPT);
    const host = { os: 'Linux', kernel: '6.1.0', cpu_model: 'Example CPU', cpus_allowed: [0, 1] };
    const told = (given: object) => {
      const run = { ...document.run, host: { ...host, ...given } };
      const table = reproduceTable1(document, rows, published);
      return oneLine(renderTable1(table, { ...document, run }, { width: 100 }));
    };
    const text = told({});
    expect(text).toContain('Solaris 2.5; here Example CPU, 2 processors allowed, Linux 6.1.0.');
    expect(text).toContain('(shuttle). Linux has no such call');
    expect(text).toContain(
      'Published: 1 B with pipe, 1 B with sysv-msg, none stated for the others',
    );
    expect(text).toContain('ONC RPC: onc-rpc-tcp. TCP is the default because');
    expect(told({ virtualisation: 'kvm' })).toContain('allowed, virtual (kvm), Linux');
    // Where doors are the kernel's own there is nothing to say about a library.
    expect(told({ os: 'SunOS' })).not.toContain('shuttle');
  });

  test('colour adds emphasis and changes no character', () => {
    for (const width of [80, 200]) {
      const coloured = render(MIXED, { width, color: true });
      for (const word of ['\u001b[32mkept', '\u001b[31mnot kept', '\u001b[33mundecided']) {
        expect(coloured).toContain(word);
      }
      expect(stripVTControlCharacters(coloured)).toBe(render(MIXED, { width }));
    }
  });
});
