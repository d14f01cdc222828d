#!/usr/bin/env node
// Runs the sources as they are now: compiles TypeScript first, then starts as usual.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [build, 'ts'], { stdio: ['ignore', 2, 2] });

if (status === 0) await import('./run.js');
else process.exitCode = status ?? 1;
