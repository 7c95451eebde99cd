import { z } from "zod";
import { column, TRAINED, tokenizer, trainedSide } from "./common.ts";
import { defineStep } from "./step.ts";

/** Adds the length of a text in tokens. */
export const countTokens = defineStep({
  name: "count_tokens",
  aliases: [],
  summary: "Add the length of a text in tokens as a column",
  details:
    "For budgets, sorting and reports. Counts with any tokenizer that `encode` takes; `words`, `chars` and `bytes` need no file.",
  shape: "map",
  options: z.strictObject({
    tokenizer,
    column,
    into: z.string().min(1).default("tokens").describe("Column that takes the counts"),
    special: z.boolean().default(false).describe("Count special tokens around the text, such as a begin token"),
  }),
  shorthand: "tokenizer",
  needs: ({ column }) => [column],
  adds: ({ into }) => [into],
  examples: [
    {
      recipe: "- count_tokens: { tokenizer: ./tokenizer.json }",
      command: "gristmill count_tokens in.csv -o out.csv --tokenizer tokenizer.json",
    },
  ],
  files: ["tokenizer"],
  parts: ({ tokenizer, column, into, special }) => [
    {
      shape: "map",
      native: {
        kind: "count_tokens",
        options: { tokenizer: tokenizer === TRAINED ? null : tokenizer, column, into, special },
      },
      ...trainedSide(tokenizer),
    },
  ],
});
