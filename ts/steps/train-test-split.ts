import { z } from "zod";
import { defineStep } from "./step.ts";

/** Names that files of a split can have. */
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/** The split of rows that are left when the others have theirs. */
const REST = "train";

/** Tells rows which split they belong to. */
export const trainTestSplit = defineStep({
  name: "train_test_split",
  aliases: ["assign_split"],
  summary: "Tell each row whether it is for training, validation or test",
  details: `Writes the name of the split into a column; the output \`dataset\` then writes \`data/train-…\`, \`data/validation-…\` and
\`data/test-…\`. No row is dropped or moved. (The output \`split\` is something else: it cuts rows into files of equal length.)

The split goes by hash(seed, id), so a row keeps its split whatever rows are added or taken away, and the splits have their
shares up to chance: of 10,000 rows and a share of 5 %, 500 give or take 22. With \`by\` it is the hash of the values of these
columns: all rows of one document, repository or conversation then go into one split, and shares are those of such groups, not of rows.
Rows without any value there go by their ids.

\`rows\` instead of \`shares\` says how many rows splits have, the rest being \`train\`: exactly so many, or with \`by\` more by
less than the last group. A row may then change its split when others come or go.

Ids are file name and position unless the source has a \`key\`; name a key, or a column in \`by\`, where rows move inside
their files. Put the step before those that cut rows into pieces or repeat them, or go \`by\` what the pieces share; the copies that \`mix\`
makes stay in the split of their row. \`pack\` packs each split by itself. Other steps that make rows of their own, such as
\`join_files\`, put rows of all splits together and pass no split on: put this step behind them.`,
  shape: "map",
  options: z.strictObject({
    shares: z
      .record(z.string().regex(NAME), z.number().min(0))
      .refine((shares) => Object.values(shares).some((share) => share > 0), { error: "are all nothing" })
      .default({ train: 0.9, validation: 0.05, test: 0.05 })
      .describe("Share of each split, in any unit, e.g. `{ train: 98, validation: 1, test: 1 }`"),
    rows: z
      .record(z.string().regex(NAME), z.int().min(0))
      .refine((rows) => !(REST in rows), { error: `speaks of \`${REST}\`, which is what is left` })
      .nullable()
      .default(null)
      .describe("Rows of each split but `train`, e.g. `{ validation: 1000, test: 1000 }`; instead of shares"),
    by: z.array(z.string().min(1)).default([]).describe("Columns; rows of equal values go into one split"),
    column: z.string().min(1).default("split").describe("Column that is written"),
    seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
  }),
  shorthand: "shares",
  needs: ({ by }) => by,
  adds: ({ column }) => [column],
  splits: ({ column }) => column,
  examples: [
    {
      recipe: "- train_test_split: { shares: { train: 98, validation: 1, test: 1 }, by: [repository] }",
      command:
        "gristmill train_test_split docs.jsonl -o labelled.jsonl --by repository --shares.train 9 --shares.test 1",
    },
  ],
  parts: ({ shares, rows, by, column, ...options }, context) => {
    const seed = options.seed ?? context.seed;
    if (rows === null) {
      const native = { kind: "train_test_split", options: { shares: Object.entries(shares), by, column, seed } };
      return [{ shape: "map", native }];
    }
    return [
      {
        shape: "select",
        keys: { kind: "split_order", options: { by, seed } },
        decide: { kind: "portions", rows: Object.values(rows) },
        reasons: [],
        apart: true,
      },
      { shape: "map", native: { kind: "split_names", options: { names: Object.keys(rows), rest: REST, column } } },
    ];
  },
});
