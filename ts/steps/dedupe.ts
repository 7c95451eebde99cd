import { z } from "zod";
import { column, tokenizer } from "./common.ts";
import { defineStep, type StepPart } from "./step.ts";

const modes = ["exact", "chain", "prefix", "last_message"] as const;

/** Drops repeated rows, one pass per mode. */
export const dedupe = defineStep({
  name: "dedupe",
  aliases: [],
  summary: "Drop repeated rows: equal texts, equal dialogues, variants of one last reply",
  details: `Each mode in \`by\` is one pass over keys; the texts stay where they are.

- \`exact\`: rows with equal text; the first stays.
- \`chain\`: dialogues with equal messages, whatever the roles; the first stays.
- \`prefix\`: dialogues that differ only in the last message; the one with the longest last message in tokens stays.
- \`last_message\`: dialogues that end in the same message; the first stays. Unrelated dialogues that end in "thanks" collapse:
  this is what the replaced tool did.`,
  shape: "select",
  options: z.strictObject({
    by: z
      .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.enum(modes)).min(1))
      .default(["chain", "prefix"])
      .describe("Modes, in order: exact, chain, prefix, last_message"),
    tokenizer: tokenizer
      .default("words")
      .describe("Measure for the longest last message: a `tokenizer.json`, `words`, `chars` or `bytes`"),
    column,
  }),
  shorthand: "by",
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [
    {
      recipe: "- dedupe: { by: [chain, prefix] }",
      command: "gristmill dedupe dialogues.csv -o unique.csv --by chain --by prefix",
    },
  ],
  files: ["tokenizer"],
  parts: ({ by, tokenizer, column }) =>
    by.map(
      (mode): StepPart => ({
        shape: "select",
        keys: { kind: `dedupe_${mode}`, options: mode === "prefix" ? { column, tokenizer } : { column } },
        decide: { kind: "by_key", keep: 1 },
        reasons: [mode === "exact" ? "duplicate_text" : `duplicate_${mode}`, "no_messages"],
      }),
    ),
});
