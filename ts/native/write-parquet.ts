import { link, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { binding } from "./binding.ts";
import { GristmillError, unwrap } from "./failure.ts";
import { Run } from "./run.ts";
import type { RunResult } from "./specs.ts";

export interface WriteParquetOptions {
  /** Replace a file that is there. Default: false. */
  overwrite?: boolean;
  /** Options of the format as a recipe writes them, e.g. `{ zstd_level: 9 }`. */
  format?: Readonly<Record<string, unknown>>;
}

export interface WrittenParquet {
  path: string;
  rows: number;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

/**
 * Writes Arrow rows to one Parquet file: zstd, row groups of 8 to 100 MB encoded on all threads. Each item is an
 * Arrow IPC stream (`RowBatch.arrow`, or any tool's); all must have the columns of the first. Taken one by one, so
 * memory does not grow with the file. The same rows give the same bytes however they are cut into batches. The file
 * appears whole at the end or not at all.
 *
 * @throws GristmillError `GM_RUN_OUTPUT_EXISTS`, `GM_RUN_NO_FOLDER`, `GM_RUN_BAD_ROWS`, and those of the writer.
 */
export async function writeParquet(
  batches: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  path: string,
  { overwrite = false, format = {} }: WriteParquetOptions = {},
): Promise<WrittenParquet> {
  const target = resolve(path);
  if (!overwrite && (await stat(target).catch(() => null)) !== null) throw exists(target);
  const folder = await mkdtemp(join(dirname(target), `.${basename(target)}.gristmill-`)).catch((cause) => {
    throw new GristmillError("GM_RUN_NO_FOLDER", "usage", `cannot write into ${dirname(target)}`, undefined, { cause });
  });
  try {
    const result = await write(batches instanceof Uint8Array ? [batches] : batches, folder, format);
    const file = result.files.find((one) => one.role === "output");
    if (file === undefined) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the run has written no file");
    await appear(join(folder, file.name), target, overwrite);
    return { path: target, rows: file.rows, bytes: file.bytes, sha256: file.sha256 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(
  batches: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  folder: string,
  options: Readonly<Record<string, unknown>>,
): Promise<RunResult> {
  let run: Run | undefined;
  let ended: Promise<RunResult> | undefined;
  try {
    for await (const stream of batches) {
      if (run === undefined) {
        const schema = Buffer.from(unwrap(binding().streamColumns(stream))).toString("base64");
        const sink = { folder, stem: "rows", task: 0, format: { kind: "parquet", options }, columns: null };
        run = Run.open({ kind: "feed", schema, numbered: true }, { steps: [] }, { kind: "output", ...sink });
        ended = end(run);
        // Waited for below; a failure meanwhile must not count as unhandled.
        ended.catch(() => undefined);
      }
      await run.put(stream);
    }
    if (run === undefined || ended === undefined) {
      throw new GristmillError("GM_RUN_BAD_ROWS", "usage", "there is no batch, so the columns are unknown");
    }
    run.end();
    return await ended;
  } catch (error) {
    run?.cancel();
    await ended?.catch(() => undefined);
    throw error;
  } finally {
    run?.close();
  }
}

async function end(run: Run): Promise<RunResult> {
  for (;;) {
    const status = await run.wait(50);
    if (status.result !== null) return status.result;
    if (status.state === "cancelled") throw new GristmillError("GM_RUN_CANCELLED", "cancelled", "writing was stopped");
  }
}

/** Gives the finished file its name in one step, never over a file that came up meanwhile. */
async function appear(from: string, to: string, overwrite: boolean): Promise<void> {
  if (overwrite) return rename(from, to);
  try {
    await link(from, to);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : null;
    if (code === "EEXIST") throw exists(to);
    // File systems without links.
    await rename(from, to);
  }
}

function exists(path: string): GristmillError {
  return new GristmillError(
    "GM_RUN_OUTPUT_EXISTS",
    "exists",
    `${path} exists`,
    "choose another path, or set `overwrite`",
  );
}
