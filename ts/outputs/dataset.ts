import { z } from "zod";
import { defineOutput } from "./output.ts";
import { FORMATS, formatOptions, nativeFormat } from "./row-format.ts";
import { oneSplit, shardBytes, shardPath, splitOptions } from "./shards.ts";

const text = (description: string) => z.string().optional().describe(description);
const texts = (description: string) => z.array(z.string()).optional().describe(description);

const card = z
  .strictObject({
    pretty_name: text("Title of the data set"),
    description: text("Paragraph that opens the card"),
    license: text("SPDX expression in lower case, e.g. `cc-by-4.0`"),
    language: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe("ISO 639 codes, e.g. `[en]`"),
    task_categories: texts("Task categories of the Hugging Face Hub"),
    tags: texts("Tags of the Hugging Face Hub"),
    sources: z
      .array(
        z.strictObject({
          name: z.string().describe("Name of the source"),
          url: text("Where it is"),
          license: text("Its licence"),
          dates: text("When the data was made or taken"),
        }),
      )
      .optional()
      .describe("Where the data came from"),
    safety: text("What was done about personal data and safety, beyond the steps"),
    limitations: text("Known limits"),
    contact: text("Whom to ask, also for removal"),
  })
  .describe("What the data card says besides the figures");

/** A folder that `datasets.load_dataset` opens. */
export const dataset = defineOutput({
  name: "dataset",
  aliases: [],
  summary: "A folder in Hugging Face layout: sharded files, data card, dataset_infos.json",
  details: `Writes \`data/<split>-00000-of-0000N.<format>\`, \`README.md\` and \`dataset_infos.json\`, so that
\`datasets.load_dataset("<folder>")\` opens it with no code.

Behind \`train_test_split\`, or with \`split_by\`, each split has files of its own; \`valid\`, \`val\` and \`dev\` are written as
\`validation\`. A row without a split ends the build.`,
  options: z
    .strictObject({
      format: z.enum(FORMATS).default("parquet").describe("File format"),
      ...splitOptions,
      shard_bytes: shardBytes(500 * 1000 * 1000),
      ...formatOptions,
      card: card.default({}),
    })
    .refine(oneSplit.holds, oneSplit.refusal),
  shorthand: "format",
  examples: [{ recipe: "- dataset: { format: parquet, card: { license: cc-by-4.0, language: [en] } }" }],
  needs: ({ columns, split_by }) => [...(columns ?? []), ...(split_by === null ? [] : [split_by])],
  rows: (options) => ({
    format: nativeFormat(options.format, options),
    columns: options.columns,
    layout: {
      kind: "shards",
      by: options.split_by,
      shardBytes: options.shard_bytes,
      path: shardPath(options.split),
    },
  }),
  folds: () => [],
});
