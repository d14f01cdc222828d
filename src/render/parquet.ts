import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { ResultDocument } from '../store/schema.js';
import { chunked } from './chunks.js';
import { hostOf, type TidyColumn, type TidyLevel, type TidyType, tidyTable } from './tidy.js';

/** A Parquet file of one run, and where it belongs below the folder of the data set. */
export interface ParquetFile {
  /** Partitioned as Hive does it: `host=NAME/date=YYYY-MM-DD/RUN.LEVEL.parquet`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Rows of a row group: what is held in memory before it is compressed. */
const GROUP_ROWS = 5000;
/** What Hive, DuckDB, Spark and Trino read as null. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';
/** In the names of the folders, and so in no file. */
const PARTITION = 'host';
/** When a run began: the one text that is a moment. */
const MOMENT = 'started';

/**
 * Runs as Parquet, a file each, made while they are read. Columns are those of the CSV with types:
 * text, 64-bit whole numbers, doubles, and the start as a timestamp; missing is null. The host and
 * the UTC date are in the folders' names.
 */
export function* parquetFiles(
  documents: readonly ResultDocument[],
  level: TidyLevel,
): Generator<ParquetFile> {
  for (const document of documents) {
    const { id, started } = document.run;
    const host = partitionValue(hostOf(document.run));
    const date = partitionValue(started.slice(0, 'YYYY-MM-DD'.length));
    const name = `${fileSafe(id)}.${level}.parquet`;
    yield { path: `host=${host}/date=${date}/${name}`, bytes: parquetOf(document, level) };
  }
}

function parquetOf(document: ResultDocument, level: TidyLevel): Uint8Array {
  const { columns, rows } = tidyTable([document], level);
  const kept = columns.flatMap((column, i) => (column.name === PARTITION ? [] : [{ column, i }]));
  const source = (values: (i: number) => (string | number | null)[]) =>
    kept.map(({ column, i }) => {
      const type = basicType(column);
      return { name: column.name, type, data: values(i).map(CONVERTED[type]) };
    });
  const buffer = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: source(() => []) });
  const writer = new ParquetWriter({ writer: buffer, schema, createdBy: 'ipcbench' });
  for (const group of chunked(rows(), GROUP_ROWS)) {
    const columnData = source((i) => group.map((row) => row[i] ?? null));
    writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  }
  writer.finish();
  return buffer.getBytes();
}

const TYPES = { text: 'STRING', whole: 'INT64', number: 'DOUBLE' } as const satisfies Record<
  TidyType,
  string
>;

type ParquetType = (typeof TYPES)[TidyType] | 'TIMESTAMP';

function basicType({ name, type }: TidyColumn): ParquetType {
  return name === MOMENT ? 'TIMESTAMP' : TYPES[type];
}

type Converted = string | number | bigint | Date | null;

const CONVERTED: Readonly<Record<ParquetType, (field: string | number | null) => Converted>> = {
  STRING: (field) => field,
  DOUBLE: (field) => field,
  INT64: (field) => (field === null ? null : BigInt(field)),
  TIMESTAMP: (field) => (field === null ? null : new Date(field)),
};

/** What a folder's name can't hold is escaped by percent signs, as Hive does. */
function partitionValue(value: string | null): string {
  if (value === null) return NO_VALUE;
  const whole = value.replaceAll(/[\ud800-\udfff]/gu, '\ufffd');
  // A dot alone, or two, would be another folder.
  return encodeURIComponent(whole).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E'));
}

function fileSafe(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9._-]/g, '-');
}
