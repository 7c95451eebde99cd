import { mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { uint32, utf8 } from "@uwdata/flechette";
import { GristmillError, type InputReader, type NativeStep, type ReaderSpec } from "../native/index.ts";
import { writerOfPath } from "../outputs/index.ts";
import { encode, ID_COLUMN, type Manifest, pump, type RowColumn, realAddon } from "../run/index.ts";
import { openFiles } from "./read-batches.ts";

const TRACE: RowColumn[] = [
  ...[ID_COLUMN, "id", "step", "kind", "reason", "rule", "twin"].map((name) => ({
    name,
    type: utf8(),
    nullable: false,
  })),
  ...["span_start", "span_end"].map((name) => ({ name, type: uint32(), nullable: true })),
  ...["excerpt", "after"].map((name) => ({ name, type: utf8(), nullable: false })),
];

/** A file made from the trace of a build. */
export interface TraceFile {
  /** Its place; the ending says the format. */
  path: string;
  /** What becomes of the lines of the trace. Default: nothing. */
  steps: NativeStep[];
  /** Columns written. */
  columns: string[];
}

/** All lines of the trace. */
export function wholeTrace(path: string): TraceFile {
  return { path, steps: [], columns: TRACE.slice(1).map(({ name }) => name) };
}

/**
 * The rows that were turned away, with the columns they had, the reason first; `integers` are numbers again.
 * The build must begin with `trace_rows`.
 */
export function rejectedRows(
  path: string,
  columns: readonly string[],
  integers: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): TraceFile {
  const steps: NativeStep[] = [
    { step: "rejects", kind: "rejected_rows", options: { columns, ...more }, side: {} },
    ...(integers.length === 0 ? [] : [{ step: "rejects", kind: "cast", options: { integers }, side: {} }]),
  ];
  return { path, steps, columns: ["reason", ...columns.filter((name) => name !== "reason")] };
}

/** The changes a step told with `changes: full`: row, column, original, cleaned. */
export function changeLog(path: string, step: string, column: string): TraceFile {
  const steps: NativeStep[] = [{ step: "changes", kind: "change_log", options: { step, column }, side: {} }];
  return { path, steps, columns: ["row", "column", "original", "cleaned"] };
}

/** Writes a file from the traces of all stages, beside its place. */
export async function writeTrace(folder: string, manifest: Manifest, file: TraceFile): Promise<string> {
  const target = file.path;
  const format = writerOfPath(target);
  if (format === null) {
    throw new GristmillError(
      "GM_API_BAD_OPTIONS",
      "usage",
      `the trace ${basename(target)} has no known ending`,
      "use .parquet, .jsonl or .csv, the latter two with .gz or .zst if wanted",
    );
  }
  const place = await mkdtemp(join(dirname(target), `.${basename(target)}.gristmill-`));
  try {
    return await gather(folder, manifest, file, format, place);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function gather(
  folder: string,
  manifest: Manifest,
  { path: target, steps, columns }: TraceFile,
  format: { kind: string; options: Record<string, unknown> },
  place: string,
): Promise<string> {
  const schema = Buffer.from(encode(TRACE, [], [], "trace")).toString("base64");
  const paths = manifest.trace.map((file) => join(folder, file.path));
  const reader: ReaderSpec = paths.length === 0 ? { kind: "feed", schema } : await openTrace(paths);
  const sink = {
    kind: "output" as const,
    folder: place,
    stem: "trace",
    task: 0,
    format,
    columns,
  };
  const run = realAddon.open(reader, { steps }, sink);
  if (reader.kind === "feed") run.end();
  const result = await pump(run, new AbortController().signal, () => undefined);
  const file = result.files.find((one) => one.role === "output");
  if (file === undefined) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the trace was not written");
  const path = join(dirname(target), `.${basename(target)}.${file.sha256.slice(0, 12)}.tmp`);
  await rename(join(place, file.name), path);
  return path;
}

function openTrace(paths: string[]): Promise<InputReader> {
  return openFiles(paths, { format: "parquet" });
}
