import { fstatSync, readSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BugError } from '../../src/errors.js';
import { PAGE_LAYOUT, PAGE_MAGIC } from '../../src/runner/page-layout.js';
import { PageMemory } from '../../src/runner/page-memory.js';

describe('PageMemory', () => {
  it('shares what it maps through its descriptor', async () => {
    const memory = await PageMemory.create();
    const word = Buffer.alloc(4);
    readSync(memory.fd, word, 0, 4, 0);
    expect(word.readUInt32LE()).toBe(PAGE_MAGIC);
    memory.page.requestStop();
    readSync(memory.fd, word, 0, 4, 64);
    expect(word.readUInt32LE()).toBe(1);
    expect(fstatSync(memory.fd).size).toBe(PAGE_LAYOUT.bytes);
    memory.release();
  });

  it('is gone after release', async () => {
    const memory = await PageMemory.create();
    memory.release();
    expect(() => memory.page).toThrow(BugError);
    expect(() => fstatSync(memory.fd)).toThrow();
    expect(() => memory.release()).not.toThrow();
  });

  it('copies outlive the page, many times over', async () => {
    const copies = [];
    for (let i = 0; i < 200; i++) {
      const memory = await PageMemory.create();
      copies.push(memory.page.measurement());
      memory.release();
    }
    expect(copies.every((copy) => copy.samplesNs.length === 0)).toBe(true);
  });
});
