import { z } from "zod";
import { against, column } from "./common.ts";
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
- \`prefix\`: dialogues that differ only in the last message; the one with the longest last message stays, by the \`tokens\`
  column if there is one, else by characters.
- \`last_message\`: dialogues that end in the same message; the first stays. Unrelated dialogues that end in "thanks" collapse:
  this is what the replaced tool did.

With \`against\`, \`exact\` also drops rows whose text another data set has (\`known_text\`, its id as \`twin\` in the trace).`,
  shape: "select",
  options: z
    .strictObject({
      by: z
        .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.enum(modes)).min(1))
        .default(["chain", "prefix"])
        .describe("Modes, in order: exact, chain, prefix, last_message"),
      tokens: z
        .string()
        .min(1)
        .default("tokens")
        .describe("Column with token counts for the longest last message; characters count where it is absent"),
      column,
      against,
    })
    .refine(({ by, against }) => against.length === 0 || by.includes("exact"), {
      path: ["against"],
      error: "goes together with `by: exact`",
    }),
  files: ["against"],
  shorthand: "by",
  needs: ({ column }) => [column],
  uses: ({ by, tokens }) => (by.includes("prefix") ? [tokens] : []),
  adds: () => [],
  examples: [
    {
      recipe: "- dedupe: { by: [chain, prefix] }",
      command: "gristmill dedupe dialogues.csv -o unique.csv --by chain --by prefix",
    },
  ],
  parts: ({ by, tokens, column, against }) =>
    by.flatMap((mode): StepPart[] => [
      // The replaced tool drops rows without a message before it compares last ones.
      ...(mode === "last_message"
        ? [{ shape: "map" as const, native: { kind: "has_messages", options: { column } } }]
        : []),
      ...(mode === "exact" && against.length > 0
        ? [{ shape: "map" as const, native: { kind: "known_exact", options: { column, against } } }]
        : []),
      {
        shape: "select",
        keys: { kind: `dedupe_${mode}`, options: mode === "prefix" ? { column, tokens } : { column } },
        decide: { kind: "by_key", keep: 1 },
        reasons: [mode === "exact" ? "duplicate_text" : `duplicate_${mode}`],
      },
    ]),
});
