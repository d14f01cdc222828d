import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { CellResult } from '../../src/store/schema.js';
import { documentOf, exampleDocument, madeUpCell } from '../fixtures/measurements.js';
import { CLI } from '../support/cli.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);
const without = CHROMIUM === undefined ? ' (no Chromium: apt-get install chromium)' : '';

/** The browser itself is not to look for anything either. */
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync', '--disable-quic'],
  ...['--disable-background-networking', '--disable-component-update'],
];

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-report-'));
let browser: Browser | null = null;

/** The report of a document that has every kind of row, and of a sweep. */
function makeReport(name: string, results: readonly CellResult[]): string {
  const saved = join(folder, `${name}.json`);
  const path = join(folder, `${name}.html`);
  writeFileSync(saved, JSON.stringify(documentOf(results)));
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'report', saved, '-o', path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return path;
}

/** Opens a page and notes whatever it complains of or asks the network for. */
async function open(address: string, options: Parameters<Browser['newPage']>[0] = {}) {
  const page = await (browser as Browser).newPage(options);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (url !== address && !/^(data|blob):/.test(url)) complaints.push(`request: ${url}`);
  });
  await page.goto(address);
  return { page, complaints };
}

async function texts(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).allTextContents();
}

function rows(): CellResult[] {
  const { results } = exampleDocument();
  const swept = [1, 64, 4096].map((sizeBytes, i) => ({
    medianNs: 5000 * (i + 1),
    given: { probe: 'fifo', sizeBytes, index: 20 + i },
  }));
  return [...results, ...swept.map((recipe, i) => madeUpCell(recipe, 30 + i))];
}

describe.skipIf(CHROMIUM === undefined)(`a report in a browser${without}`, () => {
  let address = '';

  beforeAll(async () => {
    address = pathToFileURL(makeReport('example', rows())).href;
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: QUIET });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tables sort by what figures mean, both ways, those without figures last', async () => {
    const { page, complaints } = await open(address);
    const button = page.locator('#table-echo th button', { hasText: 'median RTT' });
    const column = '#table-echo tbody tr:not(:has(.remark)) td:nth-child(5)';
    const before = await texts(page, column);
    await button.click();
    const rising = await texts(page, column);
    await button.click();
    const falling = await texts(page, column);
    expect([...rising].sort()).toEqual([...before].sort());
    expect(rising).not.toEqual(before);
    expect(rising[0]).toContain('0.5');
    expect(rising.at(-1)).toContain('ms');
    expect(falling[0]).toContain('ms');
    expect(await page.locator('#table-echo tbody tr').last().locator('.remark').count()).toBe(1);
    expect(await page.locator('th[aria-sort=descending]').count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('tables are narrowed by typing and by choosing', async () => {
    const { page } = await open(address);
    const shown = '#table-echo tbody tr:visible';
    const whole = await page.locator(shown).count();
    await page.getByLabel('Filter').first().fill('fifo, 64 B');
    expect(await page.locator(shown).count()).toBe(1);
    expect(await texts(page, '.controls .count')).toContain(`1 of ${whole} rows`);
    await page.getByLabel('Filter').first().fill('');
    await page.getByLabel('mechanism').first().selectOption('pipe');
    expect(await texts(page, `${shown} td:first-child`)).toEqual(['pipe', 'pipe']);
    await page.close();
  });

  test('marks tell what they stand for, to the pointer and to the keyboard', async () => {
    const { page, complaints } = await open(address);
    const mark = page.locator('figure path[aria-roledescription=point]').first();
    const label = (await mark.getAttribute('aria-label')) ?? '';
    await mark.hover();
    expect(label).toMatch(/ns|µs|ms/);
    expect(await page.locator('#tip').textContent()).toBe(label);
    await page.keyboard.press('Tab');
    await page.locator('figure').first().focus();
    await page.keyboard.press('ArrowRight');
    const first = await page.locator('#tip').textContent();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#tip').textContent()).not.toBe(first);
    await page.keyboard.press('Escape');
    expect(await page.locator('#tip').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('dark and light follow the system, and the button', async () => {
    const { page } = await open(address, { colorScheme: 'dark' });
    const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await back();
    await page.locator('#theme').click();
    expect(await back()).not.toBe(dark);
    expect(await back()).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  test('a phone shows it without scrolling sideways', async () => {
    const { page } = await open(address, { viewport: { width: 360, height: 740 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.close();
  });

  test('the results in it are those that were saved', async () => {
    const { page } = await open(address);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('button.download').click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(JSON.parse(text).results).toEqual(JSON.parse(JSON.stringify(rows())));
    await page.close();
  });

  test('thirty mechanisms at 21 sizes stay below 10 MB, and open without a complaint', async () => {
    const cells = Array.from({ length: 30 * 21 }, (_, index) => {
      const given = { probe: `probe-${index % 30}`, sizeBytes: 2 ** Math.floor(index / 30), index };
      return madeUpCell({ given, medianNs: 1000 + 37 * index, trials: 10 }, index);
    });
    const path = makeReport('large', cells);
    expect(statSync(path).size).toBeLessThan(10e6);
    const { page, complaints } = await open(pathToFileURL(path).href);
    expect(await page.locator('#table-echo tbody tr').count()).toBe(630);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  test('is served on loopback until Ctrl-C', async () => {
    const args = [CLI, 'report', join(folder, 'example.json'), '--serve'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const url = await firstUrl(child);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const { page, complaints } = await open(url);
    expect(await page.locator('h1').textContent()).toContain('ipcbench');
    expect(complaints).toEqual([]);
    expect((await fetch(`${url}other`)).status).toBe(404);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    await page.close();
  });
});

function firstUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().split(' ')[0] ?? ''));
  });
}
