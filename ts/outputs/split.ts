import { z } from "zod";
import { formatOfPath } from "./file.ts";
import { defineOutput } from "./output.ts";
import { FORMATS, formatOptions, nativeFormat } from "./row-format.ts";

/** Stands for the number of the part in the path. */
const PART = "{part}";

/** The rows cut into a number of files, in order. */
export const split = defineOutput({
  name: "split",
  aliases: ["parts"],
  summary: "A given number of files of equal length, in order",
  details: `Each file holds \`ceil(rows / parts)\` rows, the last ones what is left, so that a big table can be worked on in pieces.
\`${PART}\` in the path is the number of the file, from 1.`,
  options: z
    .strictObject({
      parts: z.int().min(1).max(100_000).default(10).describe("Number of files"),
      path: z
        .string()
        .min(1)
        .default(`${PART}/split.csv`)
        .describe("Path below the output folder; `{part}` is the number of the file"),
      format: z.enum(FORMATS).nullable().default(null).describe("File format; by extension when absent"),
      ...formatOptions,
    })
    .refine(({ path }) => path.includes(PART), {
      path: ["path"],
      message: `has no ${PART}, so that all files would have one name`,
    })
    .refine(({ path, format }) => (format ?? formatOfPath(path).format) !== null, {
      path: ["path"],
      message: "has no known extension (.parquet, .jsonl, .csv, .arrow); rename it or set format",
    }),
  shorthand: "parts",
  examples: [{ recipe: "- split: { parts: 4, path: 'shards/{part}.parquet' }" }],
  needs: ({ columns }) => columns ?? [],
  rows: (options) => {
    const byName = formatOfPath(options.path);
    const format = options.format ?? byName.format ?? "jsonl";
    return {
      format: nativeFormat(format, { ...options, compression: options.compression ?? byName.compression }),
      columns: options.columns,
      layout: {
        kind: "split",
        paths: Array.from({ length: options.parts }, (_, i) => options.path.replaceAll(PART, String(i + 1))),
      },
    };
  },
  folds: () => [],
});
