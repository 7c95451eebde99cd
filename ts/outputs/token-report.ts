import { z } from "zod";
import { compat, modeOf } from "../steps/common.ts";
import { defineOutput } from "./output.ts";

/** Statistics of tokens and turns. */
export const tokenReport = defineOutput({
  name: "token_report",
  aliases: ["tokens", "turnstats"],
  summary: "Statistics of token counts, characters, words and turns of the final rows",
  details: `Percentiles, histogram, moments and totals of the token counts, and a table of dialogues by number of turns, as text files and
charts in \`reports/\` and as part of \`report.html\`. The token counts are those of a column that \`count_tokens\` or
\`add_stats\` has added.`,
  options: z.strictObject({
    column: z.string().min(1).default("text").describe("Column that holds the text"),
    tokens: z.string().min(1).default("tokens").describe("Column with the token counts"),
    about: z
      .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.enum(["tokens", "turns"])).min(1))
      .default(["tokens", "turns"])
      .describe("What to count: tokens, turns"),
    compat,
  }),
  examples: [{ recipe: "- token_report" }],
  needs: ({ column, tokens, about }) => (about.includes("tokens") ? [column, tokens] : [column]),
  rows: () => null,
  folds: ({ column, tokens, about, compat }) => [
    ...(about.includes("tokens")
      ? [{ name: "token_report", native: { kind: "token_report", options: { column, tokens, mode: modeOf(compat) } } }]
      : []),
    ...(about.includes("turns") ? [{ name: "turn_table", native: { kind: "turn_table", options: { column } } }] : []),
  ],
});
