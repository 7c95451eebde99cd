import { z } from "zod";

/** Options of outputs that are cut into shards, in the folder layout of `data/`. */
export const splitOptions = {
  split: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]*$/)
    .nullable()
    .default(null)
    .describe("Split that all rows belong to, part of the names of the files; `train` when absent"),
  split_by: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "Column that says which split a row belongs to; when absent the one that `train_test_split` has written, if there is one",
    ),
};

/** Not both: one says of all rows what the other says of each. */
export const oneSplit = {
  holds: ({ split, split_by }: { split: string | null; split_by: string | null }) =>
    split === null || split_by === null,
  refusal: { path: ["split_by"], error: "says of each row what `split` says of all; leave one out" },
};

export const shardBytes = (preset: number) =>
  z.int().min(1024).default(preset).describe("Bytes of intermediate parts that make one file");

export const five = (n: number): string => String(n).padStart(5, "0");

/** The split of rows that no column tells apart. */
export const WHOLE = "train";

/** `data/train-00000-of-00002.parquet`, as the Hugging Face Hub names files. */
export function shardPath(
  split: string | null,
): (shard: number, shards: number, extension: string, of: string | null) => string {
  return (shard, shards, extension, of) => `data/${of ?? split ?? WHOLE}-${five(shard)}-of-${five(shards)}${extension}`;
}

const FIRST: readonly string[] = ["train", "validation", "test"];

/** Splits in the order in which they are listed: the usual ones, then by name. */
export function splitsInOrder(names: Iterable<string>): string[] {
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
