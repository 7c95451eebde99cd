import { resolve } from "node:path";
import { GristmillError, type InputReader, type NativeStep, native, type ReaderSpec, Run } from "../native/index.ts";
import { findFiles } from "../plan/find-files.ts";
import { snakeKeys } from "../recipe/index.ts";
import { findSource } from "../sources/index.ts";
import { RowBatch } from "./row-batch.ts";

/** Options of {@link readBatches}. */
export interface ReadOptions {
  /** A source of the recipes: `csv`, `jsonl`, `parquet`, `discord` … Default: by ending, then by content. */
  format?: string;
  /** Columns wanted, in this order. Default: all. */
  columns?: string[];
  /** Options of the source as in a recipe, `camelCase` or `snake_case`, e.g. `{key: "id"}`. */
  source?: Record<string, unknown>;
  /** First so many rows. Default: all. */
  limit?: number;
}

/**
 * Rows of files, folders or globs, batch by batch, in order. Files are read and parsed on the addon's threads;
 * a batch is decoded to JavaScript only when its rows are asked for. Leaving the loop early stops the reading.
 */
export async function* readBatches(paths: string | string[], options: ReadOptions = {}): AsyncGenerator<RowBatch> {
  const reader = await openFiles(typeof paths === "string" ? [paths] : paths, options);
  yield* batchesOf(reader, options.columns ?? null);
}

/** Names of the columns that files have together, in order of appearance. */
export async function columnsOf(paths: string | string[], options: ReadOptions = {}): Promise<string[]> {
  const { columns } = await openFiles(typeof paths === "string" ? [paths] : paths, options);
  return columns.map(({ name }) => name);
}

/** A reader over files as a recipe's source would open it. */
export async function openFiles(paths: readonly string[], options: Omit<ReadOptions, "columns">): Promise<InputReader> {
  const definition = findSource(options.format ?? "files");
  if (definition === undefined)
    throw usage(`no source is called ${options.format}`, "see `gristmill schema` for the sources");
  const parsed = definition.options.safeParse({ ...snakeKeys(options.source ?? {}), path: [...paths] });
  if (!parsed.success) {
    throw usage(
      `options of source ${definition.name}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`,
      "see the manual page of the source",
    );
  }
  const request = definition.request(parsed.data);
  if (request.store !== undefined) {
    throw usage(
      `source ${definition.name} is read by recipes only`,
      "give a file here, or `- store: PLACE` in a recipe",
    );
  }
  const at = { file: "<paths>", line: null, column: null, path: "" };
  const found = findFiles(
    paths.map((path) => resolve(path)),
    request.extensions,
    at,
  );
  const probes = await Promise.all(
    found.map(async ({ path: absolute, name }) => {
      const probe = await native.probe({
        path: absolute,
        name,
        format: request.format,
        options: request.options,
        split_bytes: 256 * 1024 * 1024,
      });
      return { path: absolute, name, probe };
    }),
  );
  return {
    kind: "input",
    splits: probes.flatMap(({ path, name, probe }) =>
      probe.splits.map((split) => ({ path, name, format: probe.format, codec: probe.codec, split })),
    ),
    columns: native.mergeColumns(probes.map(({ probe }) => probe.columns)),
    options: request.options,
    key: request.key,
    limit: options.limit ?? null,
  };
}

function usage(message: string, hint: string): GristmillError {
  return new GristmillError("GM_API_BAD_OPTIONS", "usage", message, hint);
}

/** What a reader gives, taken out of the addon batch by batch. */
export async function* batchesOf(
  reader: ReaderSpec,
  columns: string[] | null,
  steps: NativeStep[] = [],
): AsyncGenerator<RowBatch> {
  const chain = { steps: columns === null ? steps : [...steps, projection(columns)] };
  const run = Run.open(reader, chain, { kind: "outlet" });
  try {
    for (;;) {
      const ipc = await run.next();
      if (ipc === null) return;
      yield new RowBatch(ipc);
    }
  } finally {
    run.cancel();
    run.close();
  }
}

function projection(columns: string[]) {
  return { step: "columns", kind: "select_columns", options: { keep: columns }, side: {} };
}
