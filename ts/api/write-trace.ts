import { mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { uint32, utf8 } from "@uwdata/flechette";
import { GristmillError, type InputReader, type ReaderSpec } from "../native/index.ts";
import { formatOfPath } from "../outputs/index.ts";
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

/** The trace of all stages as one file beside its place, in the format its ending asks for. */
export async function writeTrace(folder: string, manifest: Manifest, target: string): Promise<string> {
  const { format } = formatOfPath(target);
  if (format === null) {
    throw new GristmillError(
      "GM_API_BAD_OPTIONS",
      "usage",
      `the trace ${basename(target)} has no known ending`,
      "use .parquet, .jsonl or .csv",
    );
  }
  const place = await mkdtemp(join(dirname(target), `.${basename(target)}.gristmill-`));
  try {
    return await gather(folder, manifest, target, format, place);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function gather(
  folder: string,
  manifest: Manifest,
  target: string,
  format: string,
  place: string,
): Promise<string> {
  const schema = Buffer.from(encode(TRACE, [], [], "trace")).toString("base64");
  const paths = manifest.trace.map((file) => join(folder, file.path));
  const reader: ReaderSpec = paths.length === 0 ? { kind: "feed", schema } : await openTrace(paths);
  const columns = TRACE.slice(1).map((column) => column.name);
  const sink = {
    kind: "output" as const,
    folder: place,
    stem: "trace",
    task: 0,
    format: { kind: format, options: {} },
    columns,
  };
  const run = realAddon.open(reader, { steps: [] }, sink);
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
