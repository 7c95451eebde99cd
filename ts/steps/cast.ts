import { z } from "zod";
import { defineStep } from "./step.ts";

/** Columns of counts that the steps for dialogues add. */
export const COUNT_COLUMNS = ["tokens", "turns", "assistant_turns", "characters", "words", "char_count"] as const;

/** Gives columns of digits their type back. */
export const cast = defineStep({
  name: "cast",
  aliases: [],
  summary: "Read columns of digits as whole numbers, after formats that know only text",
  details: `CSV knows no types, so its columns are text and identifiers keep every digit. Before Parquet or Arrow the columns of counts
should become numbers (\`int64\`). A column that is not there or already has a type is passed over, an empty cell becomes null, and a row with any other
text there is set aside as \`GM_STEP_NOT_A_NUMBER\`.`,
  shape: "map",
  options: z.strictObject({
    integers: z
      .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string().min(1)).min(1))
      .default([...COUNT_COLUMNS])
      .describe("Columns of whole numbers"),
  }),
  shorthand: "integers",
  needs: () => [],
  adds: () => [],
  examples: [{ recipe: "- cast: [tokens, turns]", command: "gristmill cast stats.csv -o stats.parquet" }],
  parts: ({ integers }) => [{ shape: "map", native: { kind: "cast", options: { integers } } }],
});
