/** What an ELF file says of itself, as far as it decides what the dynamic linker does with it. */
export interface Elf {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** e_machine: 62 = x86-64, 183 = arm64. */
  readonly machine: number;
  /** The dynamic linker (PT_INTERP); null = the kernel starts the program without one. */
  readonly interpreter: string | null;
  /** Libraries that it is linked with (DT_NEEDED). */
  readonly needed: readonly string[];
  /** Where they are looked for first (DT_RUNPATH, DT_RPATH). */
  readonly searchPath: readonly string[];
  /** Symbols that others have to bring, without versions. */
  readonly imports: ReadonlySet<string>;
  /** Made by the Go compiler. */
  readonly isGo: boolean;
}

/** A part of a file; shorter where the file ends. */
export type ReadPart = (offset: number, length: number) => Buffer;

/** A file that begins like an ELF file and isn't one. */
export class MalformedElf extends Error {
  override readonly name = 'MalformedElf';
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SECTION_BYTES = 64;
const DYNAMIC_BYTES = 16;
const SYMBOL_BYTES = 24;
/** A table that is larger than this is not one. */
const TABLE_BYTES_MAX = 64 * 1024 * 1024;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_NOTE = 4;
const SHT_DYNSYM = 11;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

/**
 * Reads an ELF file. Of one that is not of 64 bits and little-endian only the kind is read.
 *
 * @returns null for a file of another format
 * @throws MalformedElf
 */
export function readElf(read: ReadPart): Elf | null {
  const header = read(0, HEADER_BYTES);
  if (header.length < 20 || !header.subarray(0, 4).equals(MAGIC)) return null;
  const bits = header[4] === 2 ? 64 : 32;
  const littleEndian = header[5] === 1;
  const machine = littleEndian ? header.readUInt16LE(18) : header.readUInt16BE(18);
  const kind = { bits, littleEndian, machine } as const;
  if (bits === 32 || !littleEndian) return { ...kind, ...NOTHING_MORE };
  try {
    return { ...kind, ...readParts(header, read) };
  } catch (error) {
    if (error instanceof RangeError) throw new MalformedElf('it is cut off, or not what it says');
    throw error;
  }
}

const NOTHING_MORE = {
  interpreter: null,
  needed: [],
  searchPath: [],
  imports: new Set<string>(),
  isGo: false,
};

type Parts = Omit<Elf, 'bits' | 'littleEndian' | 'machine'>;

function readParts(header: Buffer, read: ReadPart): Parts {
  const segments = readSegments(header, read);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = readDynamic(segments, read);
  return {
    interpreter: interpreter ? textAt(table(read, interpreter), 0) : null,
    needed: dynamic.texts(DT_NEEDED),
    searchPath: [...dynamic.texts(DT_RUNPATH), ...dynamic.texts(DT_RPATH)].flatMap((path) =>
      path.split(':').filter((part) => part !== ''),
    ),
    imports: readImports(header, dynamic.strings, read),
    isGo: segments.some((segment) => segment.type === PT_NOTE && isGoNote(table(read, segment))),
  };
}

/** A part of the file; of segments also the address it is loaded to. */
interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

interface Segment extends Extent {
  readonly type: number;
  readonly address: number;
}

function readSegments(header: Buffer, read: ReadPart): Segment[] {
  const offset = Number(header.readBigUInt64LE(32));
  const entryBytes = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  if (count > 0 && entryBytes !== SEGMENT_BYTES) throw new RangeError('program headers');
  const bytes = table(read, { offset, bytes: count * SEGMENT_BYTES });
  return Array.from({ length: count }, (_, i) => {
    const entry = bytes.subarray(i * SEGMENT_BYTES);
    return {
      type: entry.readUInt32LE(0),
      offset: Number(entry.readBigUInt64LE(8)),
      address: Number(entry.readBigUInt64LE(16)),
      bytes: Number(entry.readBigUInt64LE(32)),
    };
  });
}

interface Dynamic {
  /** The string table that names are in. */
  readonly strings: Buffer;
  /** The texts of all entries with this tag. */
  readonly texts: (tag: number) => string[];
}

function readDynamic(segments: readonly Segment[], read: ReadPart): Dynamic {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  if (!segment) return { strings: Buffer.alloc(0), texts: () => [] };
  const bytes = table(read, segment);
  const entries = Array.from({ length: Math.floor(bytes.length / DYNAMIC_BYTES) }, (_, i) => ({
    tag: Number(bytes.readBigInt64LE(i * DYNAMIC_BYTES)),
    value: Number(bytes.readBigUInt64LE(i * DYNAMIC_BYTES + 8)),
  }));
  const entryOf = (wanted: number) => entries.find(({ tag }) => tag === wanted)?.value;
  const address = entryOf(DT_STRTAB);
  const home = segments.find(
    (it) =>
      it.type === PT_LOAD &&
      address !== undefined &&
      address >= it.address &&
      address < it.address + it.bytes,
  );
  if (address === undefined || !home) throw new RangeError('string table');
  const offset = home.offset + (address - home.address);
  const strings = table(read, { offset, bytes: entryOf(DT_STRSZ) ?? 0 });
  const texts = (wanted: number) =>
    entries.filter(({ tag }) => tag === wanted).map(({ value }) => textAt(strings, value));
  return { strings, texts };
}

/** Undefined symbols of the dynamic symbol table, which strip leaves where it is. */
function readImports(header: Buffer, strings: Buffer, read: ReadPart): Set<string> {
  const symbols = sectionOf(SHT_DYNSYM, header, read);
  if (symbols === null) return new Set();
  const bytes = table(read, symbols);
  const names = new Set<string>();
  for (let at = 0; at + SYMBOL_BYTES <= bytes.length; at += SYMBOL_BYTES) {
    const isDefined = bytes.readUInt16LE(at + 6) !== 0;
    if (!isDefined) names.add(textAt(strings, bytes.readUInt32LE(at)));
  }
  names.delete('');
  return names;
}

function sectionOf(type: number, header: Buffer, read: ReadPart): Extent | null {
  const offset = Number(header.readBigUInt64LE(40));
  const count = header.readUInt16LE(60);
  const bytes = table(read, { offset, bytes: count * SECTION_BYTES });
  for (let at = 0; at < bytes.length; at += SECTION_BYTES) {
    if (bytes.readUInt32LE(at + 4) !== type) continue;
    return {
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      bytes: Number(bytes.readBigUInt64LE(at + 32)),
    };
  }
  return null;
}

/** The Go linker's note with the build id. */
function isGoNote(bytes: Buffer): boolean {
  return bytes.length >= 16 && bytes.readUInt32LE(0) === 4 && textAt(bytes, 12) === 'Go';
}

function table(read: ReadPart, { offset, bytes }: Extent): Buffer {
  if (bytes > TABLE_BYTES_MAX) throw new RangeError('table');
  const part = bytes === 0 ? Buffer.alloc(0) : read(offset, bytes);
  if (part.length < bytes) throw new RangeError('end of file');
  return part;
}

function textAt(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  if (offset >= bytes.length || end < 0) throw new RangeError('text');
  return bytes.toString('utf8', offset, end);
}
