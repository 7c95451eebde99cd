import { z } from "zod";
import type { NativeKind } from "../steps/step.ts";
import { defineOutput } from "./output.ts";
import { FORMATS, type FormatName, formatOptions, nativeFormat } from "./row-format.ts";

const EXTENSIONS: Readonly<Record<string, FormatName>> = {
  parquet: "parquet",
  jsonl: "jsonl",
  ndjson: "jsonl",
  csv: "csv",
  arrow: "arrow",
  feather: "arrow",
};

const COMPRESSIONS: Readonly<Record<string, "gzip" | "zstd">> = { gz: "gzip", zst: "zstd" };

/** Format and compression that a file name asks for. */
export function formatOfPath(path: string): { format: FormatName | null; compression: "gzip" | "zstd" | null } {
  const extensions = path.toLowerCase().split(/[\\/]/).at(-1)?.split(".").slice(1) ?? [];
  const compression = COMPRESSIONS[extensions.at(-1) ?? ""] ?? null;
  if (compression !== null) extensions.pop();
  return { format: EXTENSIONS[extensions.at(-1) ?? ""] ?? null, compression };
}

/** The native writer that a file name asks for; `null` when it names no format. */
export function writerOfPath(path: string): NativeKind | null {
  const { format, compression } = formatOfPath(path);
  return format === null ? null : nativeFormat(format, { ...z.object(formatOptions).parse({}), compression });
}

/** One file with all rows. */
export const file = defineOutput({
  name: "file",
  aliases: [],
  summary: "One file with all rows, format by extension",
  details:
    "`.parquet`, `.jsonl`, `.csv` or `.arrow`; `.gz` and `.zst` after `.jsonl` and `.csv` compress. The path is below the output folder.",
  options: z
    .strictObject({
      path: z.string().min(1).describe("Path below the output folder"),
      format: z.enum(FORMATS).nullable().default(null).describe("File format; by extension when absent"),
      ...formatOptions,
    })
    .refine(({ path, format }) => (format ?? formatOfPath(path).format) !== null, {
      path: ["path"],
      message: "has no known extension (.parquet, .jsonl, .csv, .arrow); rename it or set format",
    }),
  shorthand: "path",
  examples: [{ recipe: "- file: dialogues.jsonl.zst" }],
  needs: ({ columns }) => columns ?? [],
  rows: (options) => {
    const byName = formatOfPath(options.path);
    const format = options.format ?? byName.format ?? "jsonl";
    return {
      format: nativeFormat(format, { ...options, compression: options.compression ?? byName.compression }),
      columns: options.columns,
      layout: { kind: "file", path: options.path },
    };
  },
  folds: () => [],
});
