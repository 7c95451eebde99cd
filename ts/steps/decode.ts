import { z } from "zod";
import { TRAINED, tokenizerFile, trainedSide } from "./common.ts";
import { defineStep } from "./step.ts";

/** Adds the text of ids. */
export const decode = defineStep({
  name: "decode",
  aliases: [],
  summary: "Add the text of token ids as a column",
  details: `The way back from \`encode\`. The column holds lists of whole numbers, or text with such a list in JSON, as CSV has it. Bytes that
are no character become U+FFFD. Rows with an id that the tokenizer does not have go to quarantine.`,
  shape: "map",
  options: z.strictObject({
    tokenizer: tokenizerFile,
    column: z.string().min(1).default("ids").describe("Column that holds the ids"),
    into: z.string().min(1).default("text").describe("Column that takes the text"),
    skip_special: z.boolean().default(false).describe("Leave out special tokens"),
  }),
  shorthand: "tokenizer",
  needs: ({ column }) => [column],
  adds: ({ into }) => [into],
  examples: [
    {
      recipe: "- decode: { tokenizer: ./tokenizer.json }",
      command: "gristmill decode ids.jsonl -o texts.jsonl --tokenizer tokenizer.json",
    },
  ],
  files: ["tokenizer"],
  parts: ({ tokenizer, column, into, skip_special }) => [
    {
      shape: "map",
      native: {
        kind: "decode",
        options: { tokenizer: tokenizer === TRAINED ? null : tokenizer, column, into, skip_special },
      },
      ...trainedSide(tokenizer),
    },
  ],
});
