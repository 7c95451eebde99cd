import { z } from "zod";
import { defineStep } from "./step.ts";

/** Removes columns. */
export const dropColumns = defineStep({
  name: "drop_columns",
  aliases: ["dropcols", "cleanpar", "finaltouch"],
  summary: "Remove columns; one that is not there is no fault",
  details:
    "Personal identifiers (`guild_id`, `channel_id`, `author_id`) should be dropped before a data set leaves the house.",
  shape: "map",
  options: z.strictObject({
    columns: z
      .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string().min(1)))
      .default(["id", "guild_id", "channel_id"])
      .describe("Columns to remove"),
  }),
  shorthand: "columns",
  needs: () => [],
  adds: () => [],
  removes: ({ columns }) => columns,
  examples: [
    {
      recipe: "- drop_columns: [guild_id, channel_id]",
      command: "gristmill drop_columns in.parquet -o out.parquet --columns guild_id",
    },
  ],
  parts: ({ columns }) => [{ shape: "map", native: { kind: "drop_columns", options: { columns, missing: "ignore" } } }],
});
