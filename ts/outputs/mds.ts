import { z } from "zod";
import { defineOutput } from "./output.ts";
import { five, oneSplit, shardBytes, splitOptions, WHOLE } from "./shards.ts";

const NUMBERS = ["uint8", "uint16", "uint32", "int32", "int64"] as const;

interface Entry {
  raw_data: object;
  zip_data: object | null;
}

/** The index of a folder of shards, from the entries beside them. */
function index(entries: readonly { shard: number; text: string }[]): string {
  const shards = entries.map(({ shard, text }) => {
    const entry = JSON.parse(text) as Entry;
    const basename = `shard.${five(shard)}.mds`;
    return {
      ...entry,
      raw_data: { basename, ...entry.raw_data },
      zip_data: entry.zip_data === null ? null : { basename: `${basename}.zstd`, ...entry.zip_data },
    };
  });
  return `${JSON.stringify({ shards, version: 2 })}\n`;
}

/** Rows as shards of MosaicML's streaming data sets. */
export const mds = defineOutput({
  name: "mds",
  aliases: ["streaming"],
  summary: "Shards of MosaicML's streaming data sets, with index.json",
  details: `Writes \`data/<split>/shard.00000.mds\` and \`data/<split>/index.json\`: \`streaming.StreamingDataset(local="data/train")\` opens the
folder. Text becomes \`str\`, whole numbers \`int\`, other numbers \`float64\`, truth values \`uint8\`, lists of numbers \`ndarray\`. The format
knows neither missing values nor empty lists: a row with one ends the build with its number.`,
  options: z
    .strictObject({
      columns: z
        .array(z.string().min(1))
        .min(1)
        .nullable()
        .default(null)
        .describe("Columns written; all of them when absent"),
      arrays: z
        .record(z.string(), z.enum(NUMBERS))
        .default({})
        .describe("Numbers of list columns, e.g. `{ input_ids: uint16 }`; others keep their type"),
      ...splitOptions,
      zstd_level: z.int().min(1).max(22).nullable().default(null).describe("Compress shards with zstd at this level"),
      hashes: z
        .array(z.enum(["sha1", "sha256", "xxh64"]))
        .default([])
        .describe("Hashes of shards in the index"),
      shard_bytes: shardBytes(64 * 1024 * 1024),
    })
    .refine(oneSplit.holds, oneSplit.refusal),
  shorthand: "columns",
  examples: [{ recipe: "- mds: { arrays: { input_ids: uint16 }, zstd_level: 3 }" }],
  needs: ({ columns, split_by }) => [...(columns ?? []), ...(split_by === null ? [] : [split_by])],
  rows: ({ columns, arrays, split, split_by, zstd_level, hashes, shard_bytes }) => ({
    format: { kind: "mds", options: { zstd_level, size_limit: shard_bytes, hashes, arrays } },
    columns,
    layout: {
      kind: "shards",
      by: split_by,
      shardBytes: shard_bytes,
      path: (shard, _shards, extension, of) => `data/${of ?? split ?? WHOLE}/shard.${five(shard)}${extension}`,
      index: {
        extension: ".entry.json",
        path: (of) => `data/${of ?? split ?? WHOLE}/index.json`,
        render: index,
      },
    },
  }),
  folds: () => [],
});
