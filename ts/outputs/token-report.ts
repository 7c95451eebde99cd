import { z } from "zod";
import { defineOutput } from "./output.ts";

/** Statistics of tokens and turns. */
export const tokenReport = defineOutput({
  name: "token_report",
  aliases: ["tokens", "turnstats"],
  summary: "Statistics of token counts, characters, words and turns of the final rows",
  details: `Percentiles, histogram, moments and totals of the token counts, and a table of dialogues by number of turns, as text files in
\`reports/\` and as part of \`report.html\`. Needs the columns that \`add_stats\` adds.`,
  options: z.strictObject({
    column: z.string().min(1).default("text").describe("Column that holds the text"),
    tokens: z.string().min(1).default("tokens").describe("Column with the token counts"),
  }),
  examples: [{ recipe: "- token_report" }],
  needs: ({ column, tokens }) => [column, tokens],
  rows: () => null,
  folds: ({ column, tokens }) => [
    { name: "token_report", native: { kind: "token_report", options: { column, tokens } } },
    { name: "turn_table", native: { kind: "turn_table", options: { column } } },
  ],
});
