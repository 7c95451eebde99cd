import { z } from "zod";
import type { NativeKind } from "../steps/step.ts";

export const FORMATS = ["parquet", "jsonl", "csv", "arrow"] as const;
export type FormatName = (typeof FORMATS)[number];

/** Options that all outputs of rows share. */
export const formatOptions = {
  columns: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .default(null)
    .describe("Columns written, in this order; all of them when absent"),
  compression: z
    .enum(["zstd", "gzip", "none"])
    .nullable()
    .default(null)
    .describe("Compression of JSONL and CSV files, none when absent; Parquet is always zstd"),
  level: z.int().min(1).max(22).default(3).describe("zstd level of Parquet"),
  row_group_bytes: z
    .int()
    .min(1024)
    .default(100 * 1000 * 1000)
    .describe("Uncompressed bytes of a Parquet row group at most; the first ones of a file are smaller, from 8 MB"),
};

interface FormatOptions {
  compression: "zstd" | "gzip" | "none" | null;
  level: number;
  row_group_bytes: number;
}

/** The native writer for a format and its options. */
export function nativeFormat(format: FormatName, options: FormatOptions): NativeKind {
  if (format === "parquet") {
    return { kind: format, options: { zstd_level: options.level, row_group_bytes: options.row_group_bytes } };
  }
  return { kind: format, options: format === "arrow" ? {} : { compress: options.compression ?? "none" } };
}
