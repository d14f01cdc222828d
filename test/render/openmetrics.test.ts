import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderOpenMetrics } from '../../src/render/openmetrics.js';
import { exampleDocument, patternsDocument } from '../fixtures/measurements.js';
import { oddDocuments } from '../fixtures/odd-documents.js';

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** A reader by the grammar of OpenMetrics 1.0, which knows nothing of the writer. */
function parse(text: string): Sample[] {
  expect(text.endsWith('# EOF\n')).toBe(true);
  const lines = text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1);
  const families = new Set<string>();
  let family = '';
  const samples: Sample[] = [];
  for (const line of lines) {
    const meta = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (meta !== null) {
      const [, kind, name = '', rest = ''] = meta;
      if (kind === 'TYPE') {
        expect(families.has(name), `${name} twice`).toBe(false);
        families.add(name);
        family = name;
        expect(rest).toBe('gauge');
      }
      expect(name).toBe(family);
      if (kind === 'UNIT') expect(name.endsWith(`_${rest}`)).toBe(true);
      if (kind === 'HELP') expect(rest).not.toMatch(/(?<!\\)(\\\\)*\\(?![n"\\])/);
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\S+)$/s.exec(line);
    if (sample === null) throw new Error(`not OpenMetrics: ${line}`);
    const [, name = '', inner = '', value = ''] = sample;
    expect(name).toBe(family);
    expect(value).toMatch(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i);
    samples.push({ name, labels: labelsOf(inner), value: Number(value) });
  }
  return samples;
}

function labelsOf(inner: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/gy;
  while (label.lastIndex < inner.length) {
    const [, name = '', value = ''] = label.exec(inner) ?? [];
    if (name === '') throw new Error(`not labels: ${inner}`);
    expect(Object.hasOwn(labels, name), `label ${name} twice`).toBe(false);
    labels[name] = value.replaceAll(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one));
  }
  return labels;
}

describe('renderOpenMetrics', () => {
  test('gauges in base units', async () => {
    const text = renderOpenMetrics([exampleDocument()]);
    await expect(text).toMatchFileSnapshot('../fixtures/golden/openmetrics.txt');
  });

  test('every figure is there once, in seconds', () => {
    const document = patternsDocument();
    const samples = parse(renderOpenMetrics([document]));
    const medians = samples.filter(
      ({ name, labels }) => name === 'ipcbench_time_seconds' && labels.stat === 'median',
    );
    expect(medians).toHaveLength(document.results.length);
    document.results.forEach((cell, i) => {
      const times = cell.rtt_ns ?? cell.message_ns ?? cell.connect_ns ?? cell.response_ns;
      expect(medians[i]?.value).toBe((times?.median ?? 0) / 1e9);
      expect(medians[i]?.labels).toMatchObject({ probe: cell.probe, cell: String(i + 1) });
    });
  });

  test('is well-formed and has no sample twice, whatever the result holds', () => {
    fc.assert(
      fc.property(oddDocuments, (documents) => {
        const samples = parse(renderOpenMetrics(documents));
        const keys = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
        expect(new Set(keys).size).toBe(keys.length);
        const probes = documents.flatMap(({ results }) => results.map(({ probe }) => probe));
        const trials = samples.filter(({ name }) => name === 'ipcbench_trials');
        expect(trials.map(({ labels }) => labels.probe)).toEqual(probes);
      }),
      { numRuns: 60 },
    );
  });
});
