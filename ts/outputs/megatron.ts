import { z } from "zod";
import { defineOutput } from "./output.ts";
import { oneSplit, shardBytes, shardPath, splitOptions } from "./shards.ts";
import { idColumn, vocabSize } from "./token-options.ts";

/** Megatron's own rule: 16 bits only below this vocabulary. */
const SMALL_VOCABULARY = 65_500;

/** Token ids as Megatron-LM's indexed data sets. */
export const megatron = defineOutput({
  name: "megatron",
  aliases: [],
  summary: "Token ids as indexed data sets of Megatron-LM: .bin and .idx",
  details: `Writes \`data/<split>-00000-of-0000N.bin\` with the ids and \`….idx\` with sequences and documents; a row is a document.
Numbers are \`uint16\` for a vocabulary below 65,500, else \`int32\`, which is Megatron's own rule. A row is one sequence, or as many as the
list in \`sequences\` says. Rows without tokens have no place in the index.`,
  options: z
    .strictObject({
      column: idColumn,
      sequences: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe("Column with the lengths of a row's sequences, such as `seq_lens` of `pack`"),
      ...splitOptions,
      vocab_size: vocabSize,
      shard_bytes: shardBytes(500 * 1000 * 1000),
    })
    .refine(oneSplit.holds, oneSplit.refusal),
  shorthand: "column",
  examples: [{ recipe: "- megatron: { column: input_ids, vocab_size: 32000 }" }],
  needs: ({ column, sequences, split_by }) => [column, ...[sequences, split_by].filter((name) => name !== null)],
  rows: ({ column, sequences, split, split_by, vocab_size, shard_bytes }) => ({
    format: {
      kind: "megatron",
      options: {
        column,
        sequences,
        width: (vocab_size ?? Number.POSITIVE_INFINITY) < SMALL_VOCABULARY ? "uint16" : "int32",
      },
    },
    columns: [column, ...(sequences === null ? [] : [sequences])],
    layout: { kind: "shards", by: split_by, shardBytes: shard_bytes, path: shardPath(split) },
  }),
  folds: () => [],
});
