import { z } from "zod";

/** Options of outputs that are cut into shards, in the folder layout of `data/`. */
export const splitName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/)
  .default("train")
  .describe("Split that the rows belong to; part of the names of the files");

export const shardBytes = (preset: number) =>
  z.int().min(1024).default(preset).describe("Bytes of intermediate parts that make one file");

export const five = (n: number): string => String(n).padStart(5, "0");

/** `data/train-00000-of-00002.parquet`, as the Hugging Face Hub names files. */
export function shardPath(split: string): (shard: number, shards: number, extension: string) => string {
  return (shard, shards, extension) => `data/${split}-${five(shard)}-of-${five(shards)}${extension}`;
}
