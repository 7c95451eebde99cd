import { z } from "zod";
import { defineOutput } from "./output.ts";
import { oneSplit, shardBytes, shardPath, splitOptions } from "./shards.ts";
import { idColumn, vocabSize } from "./token-options.ts";

/** Token ids as NumPy arrays. */
export const numpy = defineOutput({
  name: "numpy",
  aliases: ["npy"],
  summary: "Token ids as NumPy arrays, with the places where rows begin",
  details: `Writes \`data/<split>-00000-of-0000N.npy\`, all ids of a file in one array, and beside it \`….offsets.npy\`: row i is
\`ids[offsets[i]:offsets[i + 1]]\`. \`numpy.load(path, mmap_mode="r")\` opens both. Numbers are \`uint16\` for a vocabulary of up to 65,536,
else \`uint32\`. With \`row_tokens\` the array has two dimensions, and every row has that many tokens.`,
  options: z
    .strictObject({
      column: idColumn,
      ...splitOptions,
      vocab_size: vocabSize,
      row_tokens: z
        .int()
        .min(1)
        .nullable()
        .default(null)
        .describe("Tokens of every row, for an array of two dimensions; needs blocks that `pack` has filled up"),
      shard_bytes: shardBytes(500 * 1000 * 1000),
    })
    .refine(oneSplit.holds, oneSplit.refusal),
  shorthand: "column",
  examples: [{ recipe: "- numpy: { column: input_ids, vocab_size: 32000 }" }],
  needs: ({ column, split_by }) => [column, ...(split_by === null ? [] : [split_by])],
  rows: ({ column, split, split_by, vocab_size, row_tokens, shard_bytes }) => ({
    format: {
      kind: "npy",
      options: { column, row_tokens, width: (vocab_size ?? Number.POSITIVE_INFINITY) <= 65_536 ? "uint16" : "uint32" },
    },
    columns: [column],
    layout: { kind: "shards", by: split_by, shardBytes: shard_bytes, path: shardPath(split) },
  }),
  folds: () => [],
});
