import { z } from "zod";

/** Options that all file sources share, so that they read alike everywhere. */
export const fileOptions = {
  path: z
    .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string().min(1)).min(1))
    .describe("Files, folders or globs (`*`, `**`, `?`); a folder means all files below it"),
  label: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Goes into the column `source` of every row, unless the files have one"),
  key: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Column whose value becomes the row id; else file name and address of the record"),
  invalid_utf8: z
    .enum(["quarantine", "replace"])
    .default("quarantine")
    .describe("Text that is not UTF-8: set the row aside, or replace each bad sequence by U+FFFD"),
  on_damage: z
    .enum(["fail", "keep"])
    .default("fail")
    .describe("A truncated or damaged file: stop, or keep the rows before the damage"),
  missing_columns: z
    .enum(["allow", "refuse"])
    .default("allow")
    .describe("A column that some of the files lack: leave it empty there, or refuse the files"),
  max_record_bytes: z
    .int()
    .min(1)
    .max(512 * 1024 * 1024)
    .default(64 * 1024 * 1024)
    .describe("Longest record; longer ones are set aside"),
};

type FileOptions = z.infer<z.ZodObject<typeof fileOptions>>;

/** The part of a request that is the same for all file sources. */
export function fileRequest(options: FileOptions): {
  paths: string[];
  label: string | null;
  key: string | null;
  even: boolean;
  options: Record<string, unknown>;
} {
  const { path, label, key, invalid_utf8, on_damage, missing_columns, max_record_bytes } = options;
  return {
    paths: path,
    label,
    key,
    even: missing_columns === "refuse",
    options: { invalid_utf8, on_damage, max_record_bytes },
  };
}

export const idColumn = z.string().min(1).default("ids").describe("Column that takes the ids");

export const delimiter = z
  .string()
  .length(1)
  .nullable()
  .default(null)
  .describe("Field separator; a comma, or a tab in `.tsv` files, when absent");

export const nested = z
  .enum(["lists", "text"])
  .default("lists")
  .describe("Arrays whose items are alike in all rows: columns of lists, or JSON text as all other nested values");
