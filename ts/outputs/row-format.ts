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
    .enum(["zstd", "none", "gzip", "snappy"])
    .nullable()
    .default(null)
    .describe("Compression; zstd for Parquet and none for the other formats when absent"),
  level: z.int().min(1).max(22).nullable().default(null).describe("Compression level; 3 for zstd when absent"),
  row_group_bytes: z
    .int()
    .min(1024)
    .default(100 * 1000 * 1000)
    .describe("Uncompressed bytes of a Parquet row group"),
};

interface FormatOptions {
  compression: "zstd" | "none" | "gzip" | "snappy" | null;
  level: number | null;
  row_group_bytes: number;
}

/** The native writer for a format and its options. */
export function nativeFormat(format: FormatName, options: FormatOptions): NativeKind {
  const compression = options.compression ?? (format === "parquet" ? "zstd" : "none");
  const level = options.level;
  const common = { compression, level };
  return {
    kind: format,
    options: format === "parquet" ? { ...common, row_group_bytes: options.row_group_bytes } : common,
  };
}
