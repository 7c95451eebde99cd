import { z } from "zod";
import { defineStep } from "./step.ts";

/** Packs token ids into blocks of one length. */
export const pack = defineStep({
  name: "pack",
  aliases: ["pack_sequences"],
  summary: "Pack sequences of token ids into blocks of one length",
  details: `Works on the column of ids that \`encode\` has made. \`best_fit\` puts the longest first, each into the fullest block that takes it
([Ding et al. 2024](https://arxiv.org/abs/2404.10830)); \`next_fit\` fills one block after the other in the order of the rows. Both cut
only sequences longer than a block, into full pieces and a rest. \`concat\` joins all sequences in the order of the rows and cuts wherever a
block is full, so only the last block may have room; \`last: drop\` leaves that one out (\`block_not_full\`). Else no token is lost. Blocks come
in a seeded order, as do the sequences of a block but with \`concat\`. Which sequences share a block is decided by their lengths alone, over
\`window\` rows at a time; tokens stay on disk meanwhile.

A row is one block: \`input_ids\`, \`position_ids\` (from 0 in each sequence), \`seq_lens\` (tokens of each sequence, for attention
within sequences), \`length\` (tokens without what fills up), \`labels\` where asked for or where rows bring them, -100 being a token
that is not learnt, \`loss_weights\` where rows bring weights, and \`attention_mask\` where asked for. Other columns do not go on.

Behind \`train_test_split\` blocks hold rows of one split, and the column that tells it goes on with them, so that outputs write a file
for each split. \`by\` does the same with other columns: \`by: [language]\` makes blocks of one language each, and writes it beside them.
Each combination of values has a last block of its own that is not full, so name columns with few values. Rows read with a column of
splits that no step of the recipe has written need it in \`by\`, and \`split_by\` at the output.`,
  shape: "group",
  options: z.strictObject({
    column: z.string().min(1).default("ids").describe("Column of token ids"),
    length: z.int().min(1).max(16_777_216).default(4_096).describe("Tokens of a block"),
    method: z.enum(["best_fit", "next_fit", "concat"]).default("best_fit").describe("How blocks are filled"),
    last: z
      .enum(["keep", "drop"])
      .default("keep")
      .describe("What becomes of the last block of `concat` if it is not full"),
    end: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .nullable()
      .default(null)
      .describe("Id put behind each sequence that does not end with it, such as that of `<|endoftext|>`"),
    pad: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .nullable()
      .default(null)
      .describe("Id that fills blocks up to `length`; without it they are as long as what is in them"),
    labels: z.string().min(1).nullable().default(null).describe("Column of labels, as long as the ids"),
    loss_weights: z.string().min(1).nullable().default(null).describe("Column of weights, as long as the ids"),
    add_labels: z.boolean().default(false).describe("Write labels where rows bring none: the ids themselves"),
    positions: z.boolean().default(true).describe("Write `position_ids`"),
    attention_mask: z.boolean().default(false).describe("Write `attention_mask`: 1 for tokens, 0 for what fills up"),
    shuffle: z.boolean().default(true).describe("Shuffle the sequences inside a block; else they keep their order"),
    window: z.int().min(1).max(100_000_000).default(100_000).describe("Rows that are packed together"),
    by: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Columns that sequences of one block agree in; they go on with the block. What `train_test_split` has written is always one of them",
      ),
    seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
  }),
  shorthand: "length",
  together: "by",
  needs: ({ column, labels, loss_weights, by }) => [
    ...new Set([column, labels, loss_weights, ...by].filter((name) => name !== null)),
  ],
  adds: ({ labels, add_labels, loss_weights, attention_mask, positions, by }) => [
    "input_ids",
    ...(labels !== null || add_labels ? ["labels"] : []),
    ...(loss_weights === null ? [] : ["loss_weights"]),
    ...(attention_mask ? ["attention_mask"] : []),
    ...(positions ? ["position_ids"] : []),
    "seq_lens",
    "length",
    ...by,
  ],
  removes: (_options, columns) => [...columns],
  examples: [
    {
      recipe: "- pack: { length: 4096, end: 0 }",
      command: "gristmill pack ids.parquet -o packed.parquet --length 4096",
    },
  ],
  parts: (options, context) => {
    const { column, length, method, end, pad, labels, add_labels, attention_mask, positions, window } = options;
    const seed = options.seed ?? context.seed;
    const by = [...new Set(options.by)];
    const columns = { ids: column, labels, weights: options.loss_weights, by };
    const joined = method === "concat";
    const cut = { columns, length: joined ? null : length, end };
    const shuffle = options.shuffle && !joined ? seed : null;
    const full_only = joined && options.last === "drop";
    return [
      { shape: "map", native: { kind: "cut_sequences", options: cut } },
      {
        shape: "select",
        keys: { kind: "list_lengths", options: { column, by } },
        decide: { kind: "pack", capacity: length, method, window },
        reasons: [],
      },
      // Labels are places of first tokens then, from which blocks follow.
      ...(joined ? [{ shape: "map" as const, native: { kind: "split_sequences", options: { columns, length } } }] : []),
      {
        shape: "group",
        route: { by: { kind: "shuffled_label", seed, step: "pack" }, order: null },
        native: {
          kind: "join_sequences",
          options: { columns, length, pad, positions, attention_mask, add_labels, shuffle, full_only },
        },
      },
    ];
  },
});
