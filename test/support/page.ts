import { PageView } from '../../src/runner/page.js';
import {
  COUNTERS_LAYOUT,
  GRANTED_LAYOUT,
  PAGE_LAYOUT,
  REPORT_LAYOUT,
  USAGE_LAYOUT,
} from '../../src/runner/page-layout.js';

/** A results page in ordinary memory, with setters that play the native side. */
export class PlayedPage {
  readonly buffer = new ArrayBuffer(PAGE_LAYOUT.bytes);
  readonly page = new PageView(this.buffer);
  readonly #view = new DataView(this.buffer);

  set(values: Readonly<Record<string, number>>): this {
    for (const [name, value] of Object.entries(values)) {
      this.#write(PAGE_LAYOUT.fields[name], 0, value);
    }
    return this;
  }

  report(writer: string, values: Readonly<Record<string, number | string>>): this {
    const base = PAGE_LAYOUT.fields[`report_${writer}`]?.offset ?? Number.NaN;
    for (const [name, value] of Object.entries(values)) {
      const field = REPORT_LAYOUT.fields[name];
      if (typeof value === 'number') this.#write(field, base, value);
      else this.#text(base + (field?.offset ?? Number.NaN), value);
    }
    return this;
  }

  usage(peer: string, values: Readonly<Record<string, number>>): this {
    const base = PAGE_LAYOUT.fields[`usage_${peer}`]?.offset ?? Number.NaN;
    for (const [name, value] of Object.entries(values)) {
      this.#write(USAGE_LAYOUT.fields[name], base, value);
    }
    return this;
  }

  granted(peer: string, values: Readonly<Record<string, number>>): this {
    const base = PAGE_LAYOUT.fields[`granted_${peer}`]?.offset ?? Number.NaN;
    for (const [name, value] of Object.entries(values)) {
      this.#write(GRANTED_LAYOUT.fields[name], base, value);
    }
    return this;
  }

  /** Sets the counters of a peer; events by their number. */
  counters(peer: string, values: Readonly<Record<string, number | readonly number[]>>): this {
    const base = PAGE_LAYOUT.fields[`counters_${peer}`]?.offset ?? Number.NaN;
    for (const [name, value] of Object.entries(values)) {
      const field = COUNTERS_LAYOUT.fields[name];
      const words = typeof value === 'number' ? [value] : value;
      const bytes = typeof value === 'number' ? 4 : 8;
      words.forEach((word, i) => {
        this.#write(field && { offset: field.offset + i * bytes, bytes }, base, word);
      });
    }
    return this;
  }

  /** Sets the words of an array field from its beginning. */
  words(name: string, values: Readonly<Record<number, number>>): this {
    const base = PAGE_LAYOUT.fields[name]?.offset ?? Number.NaN;
    for (const [index, value] of Object.entries(values)) {
      this.#view.setBigUint64(base + Number(index) * 8, BigInt(value), true);
    }
    return this;
  }

  #write(field: { offset: number; bytes: number } | undefined, base: number, value: number) {
    if (!field) throw new Error('no such field');
    if (field.bytes === 8) this.#view.setBigInt64(base + field.offset, BigInt(value), true);
    else this.#view.setInt32(base + field.offset, value, true);
  }

  #text(offset: number, text: string) {
    new Uint8Array(this.buffer, offset).set(new TextEncoder().encode(text));
  }
}

/** Numbers of enum page_status, page_phase and page_writer. */
export const STATUS = {
  running: 0,
  ok: 1,
  unavailable: 2,
  failed: 3,
  stopped: 4,
  timeout: 5,
  peerDied: 6,
};
export const WRITER = { none: 0, launcher: 1, server: 2, client: 3 };
