import { stat } from "node:fs/promises";
import { join } from "node:path";
import { GristmillError, type NativeStep } from "../native/index.ts";
import { nearest } from "../recipe/index.ts";
import type { UserRow } from "../steps/index.ts";
import { batchesOf, openFiles, type ReadOptions } from "./read-batches.ts";

/** Options of {@link sampleRows}. */
export interface SampleOptions extends Omit<ReadOptions, "limit" | "columns"> {
  /** How many rows. */
  rows: number;
  /** Rows from all over the input, chosen by this seed. Default: the first ones. */
  seed?: number;
  /** Only rows that have these values in these columns, numbers and truth values written as in JSON. */
  where?: Record<string, string>;
  /** Only rows of this language, by the first column that is there of `language`, `lang` and the like. */
  language?: string;
  /** Stop after the rows instead of counting all. A sample counts in any case. */
  noCount?: boolean;
  signal?: AbortSignal;
}

/** Some rows of files. */
export interface SampledRows {
  columns: string[];
  /** Bytes of the files on the disk. */
  size: number;
  /** Rows of the files, those that were asked for; `null` where they were not counted. */
  count: number | null;
  rows: { id: string; row: UserRow }[];
}

/** Columns that say which language a row is in, in the order in which they are looked for. */
const LANGUAGES = ["language", "lang", "programming_language", "detected_language"];

/** The first rows of files, or some from all over them; the same seed finds the same rows. */
export async function sampleRows(paths: string | string[], options: SampleOptions): Promise<SampledRows> {
  const { rows: wanted, seed, where = {}, language, noCount = false, signal, ...read } = options;
  const named = await Promise.all((typeof paths === "string" ? [paths] : paths).map(dataOf));
  const reader = await openFiles(named, read);
  const columns = reader.columns.map(({ name }) => name);
  const filter = matching(columns, { ...where, ...ofLanguage(columns, language) });
  const files = [...new Set(reader.splits.map(({ path }) => path))];
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  const found = { columns, size: sizes.reduce((sum, size) => sum + size, 0) };
  const stopped = (): boolean => signal?.aborted === true;
  if (seed === undefined) {
    const rows: SampledRows["rows"] = [];
    let count = 0;
    for await (const batch of batchesOf(reader, null, filter)) {
      if (stopped()) return { ...found, count: null, rows };
      if (rows.length < wanted) rows.push(...withIds(batch.ids, batch.rows()).slice(0, wanted - rows.length));
      count += batch.length;
      if (noCount && rows.length >= wanted) return { ...found, count: null, rows };
    }
    return { ...found, count, rows };
  }
  let count = 0;
  for await (const batch of batchesOf(reader, [], filter)) {
    if (stopped()) return { ...found, count: null, rows: [] };
    count += batch.length;
  }
  // Somewhat more than wanted are drawn, so that a draw seldom falls short; then as many as wanted are left, evenly.
  for (let draw = wanted + 4 * Math.sqrt(wanted) + 4; ; draw *= 2) {
    const fraction = Math.min(1, draw / Math.max(count, 1));
    const step = { step: "inspect", kind: "sample", options: { fraction, seed }, side: {} };
    const drawn: SampledRows["rows"] = [];
    for await (const batch of batchesOf(reader, null, [...filter, step])) {
      if (stopped()) return { ...found, count, rows: [] };
      drawn.push(...withIds(batch.ids, batch.rows()));
    }
    if (drawn.length < wanted && fraction < 1) continue;
    const kept = Math.min(wanted, drawn.length);
    const rows = Array.from(
      { length: kept },
      (_, i) => drawn[Math.floor((i * drawn.length) / kept)] as (typeof drawn)[0],
    );
    return { ...found, count, rows };
  }
}

function ofLanguage(columns: readonly string[], language: string | undefined): Record<string, string> {
  if (language === undefined) return {};
  const column = LANGUAGES.find((name) => columns.includes(name));
  if (column === undefined) {
    throw badOptions(`no column says which language a row is in (${LANGUAGES.join(", ")})`, columns);
  }
  return { [column]: language };
}

/** The native step that leaves rows with these values. */
function matching(columns: readonly string[], where: Record<string, string>): NativeStep[] {
  const equal = Object.entries(where);
  for (const [column] of equal) {
    if (columns.includes(column)) continue;
    const near = nearest(column, columns);
    throw badOptions(`there is no column "${column}"${near === null ? "" : `; did you mean "${near}"?`}`, columns);
  }
  return equal.length === 0 ? [] : [{ step: "inspect", kind: "matching_rows", options: { equal }, side: {} }];
}

function badOptions(message: string, columns: readonly string[]): GristmillError {
  return new GristmillError("GM_API_BAD_OPTIONS", "usage", message, `columns: ${columns.join(", ") || "none"}`);
}

/** The rows of a finished build lie in its folder `data`. */
async function dataOf(path: string): Promise<string> {
  const isBuild = await stat(join(path, "manifest.json")).then(
    (file) => file.isFile(),
    () => false,
  );
  return isBuild ? join(path, "data") : path;
}

function withIds(ids: readonly string[], rows: readonly UserRow[]): SampledRows["rows"] {
  return rows.map((row, i) => ({ id: ids[i] ?? "", row }));
}
