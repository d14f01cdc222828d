import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, readlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What collectors ask the machine before they say that they can work; tests put a fake here. */
export interface Tools {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Effective user. */
  readonly uid: number;
  /** Path of a program that may be executed; null = it isn't in PATH. */
  find(program: string): string | null;
  /** Text of a file below /; null = it isn't there or can't be read. */
  read(path: string): string | null;
  /** Target of a symbolic link; null likewise. */
  link(path: string): string | null;
  /** Carries a short command out. */
  run(command: readonly string[]): { readonly code: number | null; readonly stderr: string };
}

/** More than any of the attempts takes. */
const RUN_LIMIT_MS = 10_000;

/** This machine. */
export function hostTools(): Tools {
  return {
    platform: process.platform,
    arch: process.arch,
    uid: process.geteuid?.() ?? -1,
    find: findProgram,
    read: (path) => attempt(() => readFileSync(path, 'utf8')),
    link: (path) => attempt(() => readlinkSync(path)),
    run: ([program = '', ...args]) => {
      const { status, stderr, error } = spawnSync(program, args, {
        encoding: 'utf8',
        timeout: RUN_LIMIT_MS,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      return { code: status, stderr: error ? error.message : stderr };
    },
  };
}

function findProgram(program: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = folders.map((folder) => join(folder, program));
  return paths.find((path) => attempt(() => accessSync(path, constants.X_OK)) !== null) ?? null;
}

function attempt<T>(action: () => T): T | null {
  try {
    return action();
  } catch {
    return null;
  }
}

export const CAPABILITIES = { SYS_PTRACE: 19, SYS_ADMIN: 21, PERFMON: 38 } as const;

/** Whether this process has a capability. */
export function hasCapability(tools: Tools, capability: keyof typeof CAPABILITIES): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(tools.read('/proc/self/status') ?? '')?.[1];
  if (mask === undefined) return false;
  return ((BigInt(`0x${mask}`) >> BigInt(CAPABILITIES[capability])) & 1n) === 1n;
}

/** How a program is installed where it is missing. */
export function install(packages: { readonly debian: string; readonly fedora: string }): string {
  return `apt-get install ${packages.debian} (Debian, Ubuntu), dnf install ${packages.fedora} (Fedora)`;
}

/** The last line of what a program complained, without its name and trailing stop. */
export function complaint(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const last = lines.findLast((line) => /[a-z]/i.test(line)) ?? 'it says nothing';
  return last.replace(/^(error|strace|perf|bpftrace): */i, '').replace(/\.$/, '');
}
