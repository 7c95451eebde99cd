import { z } from "zod";
import { column, split } from "./common.ts";
import { defineStep } from "./step.ts";

/** Tells how tokenizers fare on the rows at this point. */
export const tokenizerReport = defineStep({
  name: "tokenizer_report",
  aliases: [],
  summary: "Compare tokenizers on a text column; the rows go on as they are",
  details: `Tokens, bytes a token, tokens a word, tokens of the vocabulary that never occur, and texts whose ids differ from those of the
first tokenizer, in all and for each value of \`by\`. The figures come to lie in \`reports/tokenizer_report.json\` below the output
folder (of a command: beside the output file). \`gristmill tokenizer compare\` prints them.`,
  shape: "fold",
  options: z.strictObject({
    tokenizers: z
      .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string().min(1)).min(1))
      .describe("Paths of tokenizers"),
    column,
    by: z.string().min(1).nullable().default(null).describe("Column whose values are reported apart, such as `source`"),
    special_in_text: z
      .enum(["ignore", "recognise", "refuse"])
      .default("ignore")
      .describe("What the text of a special token inside a document is: text, that token, or a reason to refuse it"),
    split,
  }),
  shorthand: "tokenizers",
  needs: ({ column, by }) => (by === null ? [column] : [column, by]),
  adds: () => [],
  examples: [
    {
      recipe: "- tokenizer_report: { tokenizers: [./tokenizer.json] }",
      command: "gristmill tokenizer compare a/tokenizer.json b/tokenizer.json --in corpus.jsonl",
    },
  ],
  files: ["tokenizers"],
  parts: ({ tokenizers, column, by, special_in_text, split }) => [
    {
      shape: "fold",
      name: "tokenizer_report",
      native: { kind: "tokenizer_report", options: { tokenizers, column, by, specials: special_in_text, split } },
      files: "reports",
    },
  ],
});
