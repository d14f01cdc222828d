import { closeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { BugError, UserError } from '../errors.js';
import { PageView } from './page.js';
import { PAGE_LAYOUT } from './page-layout.js';

const MFD_CLOEXEC = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

interface Libc {
  readonly memfd_create: (name: string, flags: number) => number;
  readonly ftruncate: (fd: number, bytes: number) => number;
  readonly mmap: (
    address: null,
    bytes: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => bigint;
  readonly munmap: (address: bigint, bytes: number) => number;
  readonly view: (address: bigint, bytes: number) => ArrayBuffer;
  readonly errno: () => number;
}

let loaded: Promise<Libc> | undefined;

/** FFI is loaded at first use: most commands never need it. */
function libc(): Promise<Libc> {
  loaded ??= loadLibc();
  return loaded;
}

async function loadLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const size = 'size_t';
  return {
    memfd_create: library.func('memfd_create', 'int', ['str', 'unsigned int']),
    ftruncate: library.func('ftruncate', 'int', ['int', 'int64_t']),
    mmap: library.func('mmap', 'void *', ['void *', size, 'int', 'int', 'int', 'int64_t']),
    munmap: library.func('munmap', 'int', ['void *', size]),
    view: (address, bytes) => koffi.view(address, bytes),
    errno: () => koffi.errno(),
  };
}

/**
 * Makes an empty file without a name, which nobody has to remove. Others open it by the
 * descriptor's path in /proc.
 *
 * @throws UserError when the system gives none
 */
export async function namelessFile(name: string): Promise<{ fd: number; path: string }> {
  const calls = await libc();
  const fd = calls.memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) throw systemError('memfd_create', calls);
  return { fd, path: `/proc/${process.pid}/fd/${fd}` };
}

/** A results page in anonymous shared memory: no name, so nothing is left when all have gone. */
export class PageMemory {
  readonly #calls: Libc;
  readonly #address: bigint;
  #page: PageView | null;

  private constructor(
    calls: Libc,
    /** The descriptor to hand to the launcher. */
    readonly fd: number,
    address: bigint,
  ) {
    this.#calls = calls;
    this.#address = address;
    this.#page = new PageView(calls.view(address, PAGE_LAYOUT.bytes));
    this.#page.writeHeader();
  }

  /**
   * Makes a zero-filled page and writes its header.
   *
   * @throws UserError when the system gives no shared memory
   */
  static async create(): Promise<PageMemory> {
    const calls = await libc();
    const { bytes } = PAGE_LAYOUT;
    const fd = calls.memfd_create('ipcbench-page', MFD_CLOEXEC);
    if (fd < 0) throw systemError('memfd_create', calls);
    try {
      if (calls.ftruncate(fd, bytes) !== 0) throw systemError('ftruncate', calls);
      const address = calls.mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
      if (address === MAP_FAILED) throw systemError('mmap', calls);
      return new PageMemory(calls, fd, address);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /**
   * The mapped page. Never keep it, or its buffer, beyond `release`: nothing is behind it then.
   *
   * @throws BugError after `release`
   */
  get page(): PageView {
    if (this.#page === null) throw new BugError('the results page was used after its release');
    return this.#page;
  }

  /** Unmaps the page and closes its descriptor; a second call does nothing. */
  release(): void {
    if (this.#page === null) return;
    this.#page = null;
    this.#calls.munmap(this.#address, PAGE_LAYOUT.bytes);
    closeSync(this.fd);
  }
}

function systemError(call: string, calls: Libc): UserError {
  const name = getSystemErrorName(-calls.errno());
  return new UserError(`No shared memory for a trial: ${call} failed with ${name}.`, [
    'Check the limits on memory and open files: ulimit -a',
  ]);
}
