import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hasFileCapabilities } from '../../src/host/file-capabilities.js';
import { Workshop } from '../support/preload.js';

const workshop = new Workshop();
afterAll(() => workshop.remove());

it('is false for a file without, and for no file', async () => {
  expect(await hasFileCapabilities(process.execPath)).toBe(false);
  expect(await hasFileCapabilities('/no/such/file')).toBe(false);
});

const path = join(workshop.folder, 'capable');
function setCapability(): boolean {
  copyFileSync('/bin/true', path);
  try {
    execFileSync('setcap', ['cap_net_raw+ep', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!setCapability())('is true for a file that has some', async () => {
  expect(await hasFileCapabilities(path)).toBe(true);
});
