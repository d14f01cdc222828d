import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

type Environment = Readonly<Record<string, string | undefined>>;

/** The native part of ipcbench, as it lies on the disk. */
export interface NativeFiles {
  /** Launcher and peers. */
  readonly executable: string;
  /** What programs preload to have their local TCP carried. */
  readonly library: string;
}

/** Directory of package.json. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What one folder with a native part holds, whether it is there or not. */
export function filesIn(folder: string): NativeFiles {
  return {
    executable: join(folder, 'ipcbench-peer'),
    library: join(folder, 'fastsock', 'libfastsock.so'),
  };
}

/** Whether the package was installed by npm, so that its folder is no place to write to. */
export function isInstalled(packageRoot: string): boolean {
  return resolve(packageRoot).split(sep).includes('node_modules');
}

/**
 * Where a native part is put that was built for an installed package: below the user's cache
 * directory (XDG Base Directory Specification), one for each version and kind of machine.
 */
export function cachedFolder(env: Environment, packageRoot = PACKAGE_ROOT): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const cache = env.XDG_CACHE_HOME;
  const base = cache && isAbsolute(cache) ? cache : join(env.HOME || homedir(), '.cache');
  return join(base, 'ipcbench', `native-${version}-${process.platform}-${process.arch}`);
}

/** What comes with a package for machines of this kind. */
export function packagedFolder(packageRoot = PACKAGE_ROOT): string {
  return join(packageRoot, 'prebuilt', `${process.platform}-${process.arch}`);
}

/**
 * The native part that is used: the one that a checkout has built, else the one that was built
 * for this user, else the one that came with the package. That of a checkout when there is none.
 */
export function nativeFiles(env: Environment, packageRoot = PACKAGE_ROOT): NativeFiles {
  const checkout = filesIn(join(packageRoot, 'build', 'native'));
  if (existsSync(checkout.executable)) return checkout;
  const others = [cachedFolder(env, packageRoot), packagedFolder(packageRoot)].map(filesIn);
  return others.find(({ executable }) => existsSync(executable)) ?? checkout;
}
