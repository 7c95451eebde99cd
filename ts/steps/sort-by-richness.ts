import { z } from "zod";
import { column } from "./common.ts";
import { defineStep } from "./step.ts";

/** Puts long dialogues with many turns first. */
export const sortByRichness = defineStep({
  name: "sort_by_richness",
  aliases: ["sortpar", "sort_par"],
  summary: "Put rich dialogues first: many turns, then long text",
  details: `The score is effective turns × 1,000,000 + characters. Up to five turns count as they are; more count at least five plus a bonus
of up to 20 for length between the 50th and 95th percentile of the data, 25 at most. Equal scores keep their order.
\`char_count\` is added unless it is switched off.`,
  shape: "group",
  options: z.strictObject({
    column,
    char_count: z.boolean().default(false).describe("Add the length in code points as column `char_count`"),
  }),
  needs: ({ column }) => [column],
  adds: ({ char_count }) => (char_count ? ["char_count"] : []),
  examples: [{ recipe: "- sort_by_richness", command: "gristmill sort_by_richness stats.parquet -o sorted.parquet" }],
  parts: ({ column, char_count }, { partitions }) => [
    { shape: "fold", name: "richness", native: { kind: "richness_profile", options: { column, partitions } } },
    {
      shape: "map",
      native: { kind: "richness_score", options: { column, profile: "richness", keep_char_count: char_count } },
      side: ["richness"],
    },
    {
      shape: "group",
      route: { by: { kind: "range", column: "__score", descending: true, cuts: "richness" }, order: null },
      native: null,
    },
  ],
});
