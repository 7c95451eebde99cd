import { z } from "zod";
import { against, column } from "./common.ts";
import { anyDigit, COMPARE } from "./compare.ts";
import { defineStep, type StepPart } from "./step.ts";

const modes = [...COMPARE, "chain", "prefix", "last_message"] as const;

type Mode = (typeof modes)[number];

const textMode = (mode: Mode): mode is (typeof COMPARE)[number] => COMPARE.some((one) => one === mode);

/** Drops repeated rows, one pass per mode. */
export const dedupe = defineStep({
  name: "dedupe",
  aliases: [],
  summary: "Drop repeated rows: equal texts, equal dialogues, variants of one last reply",
  details: `Each mode in \`by\` is one pass over keys; the texts stay where they are.

- \`exact\`: rows with equal text, byte for byte.
- \`without_whitespace\`: rows whose text is equal but for white space.
- \`normalised\`: rows whose letters and digits, of any script, are equal in lower case; white space, punctuation and
  symbols make no difference. Texts without letters and digits are equal if they are but for white space. With \`any_digit\` all digits are one.
- \`chain\`: dialogues with equal messages, whatever the roles; the first stays.
- \`prefix\`: dialogues that differ only in the last message; the one with the longest last message stays, by the \`tokens\`
  column if there is one, else by characters.
- \`last_message\`: dialogues that end in the same message; the first stays. Unrelated dialogues that end in "thanks" collapse:
  this is what the replaced tool did.

Of rows with equal texts the first stays, or the one that \`keep\` says: the longest, or the one with the greatest number in the column
\`best_by\`; of equals the first. \`near_dedup\` finds texts that differ in some words, \`dedupe_lines\` what texts share in part.

With \`against\`, \`exact\` also drops rows whose text another data set has (\`known_text\`, its id as \`twin\` in the trace).`,
  shape: "select",
  options: z
    .strictObject({
      by: z
        .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.enum(modes)).min(1))
        .default(["chain", "prefix"])
        .describe("Modes, in order: exact, without_whitespace, normalised, chain, prefix, last_message"),
      tokens: z
        .string()
        .min(1)
        .default("tokens")
        .describe("Column with token counts for the longest last message; characters count where it is absent"),
      column,
      any_digit: anyDigit,
      keep: z
        .enum(["first", "longest", "best"])
        .default("first")
        .describe("Row that stays of those with equal texts: the first, the longest, the best by a column"),
      best_by: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe("Column of numbers for `keep: best`: the greatest stays, of equals the first"),
      against,
    })
    .refine(({ keep, best_by }) => (keep === "best") === (best_by !== null), {
      path: ["best_by"],
      error: "goes together with `keep: best`: name the column that says which row is best, or leave both out",
    })
    .refine(({ by, keep }) => keep === "first" || by.some(textMode), {
      path: ["keep"],
      error: "is for whole texts: it goes together with `by: exact`, `without_whitespace` or `normalised`",
    })
    .refine(({ by, any_digit }) => !any_digit || by.includes("normalised"), {
      path: ["any_digit"],
      error: "goes together with `by: normalised`",
    })
    .refine(({ by, against }) => against.length === 0 || by.includes("exact"), {
      path: ["against"],
      error: "goes together with `by: exact`",
    }),
  files: ["against"],
  shorthand: "by",
  needs: ({ column, best_by }) => (best_by === null ? [column] : [column, best_by]),
  uses: ({ by, tokens }) => (by.includes("prefix") ? [tokens] : []),
  adds: () => [],
  examples: [
    {
      recipe: "- dedupe: { by: [chain, prefix] }",
      command: "gristmill dedupe dialogues.csv -o unique.csv --by chain --by prefix",
    },
    {
      recipe: "- dedupe: { by: normalised, keep: best, best_by: stars }",
      command: "gristmill dedupe docs.jsonl -o unique.jsonl --by normalised",
    },
  ],
  parts: ({ by, tokens, column, any_digit, keep, best_by, against }) => {
    const textOptions = (compare: (typeof COMPARE)[number]): Record<string, unknown> => ({
      column,
      // What says nothing is left out, so that plans of old recipes stay as they are.
      ...(compare === "exact" ? {} : { compare }),
      ...(compare === "normalised" && any_digit ? { any_digit } : {}),
      ...(keep === "first" ? {} : { keep, best_by }),
    });
    return by.flatMap((mode): StepPart[] => [
      // The replaced tool drops rows without a message before it compares last ones.
      ...(mode === "last_message"
        ? [{ shape: "map" as const, native: { kind: "has_messages", options: { column } } }]
        : []),
      ...(mode === "exact" && against.length > 0
        ? [{ shape: "map" as const, native: { kind: "known_exact", options: { column, against } } }]
        : []),
      {
        shape: "select",
        keys: textMode(mode)
          ? { kind: "dedupe_exact", options: textOptions(mode) }
          : { kind: `dedupe_${mode}`, options: mode === "prefix" ? { column, tokens } : { column } },
        decide: { kind: "by_key", keep: 1 },
        reasons: [textMode(mode) ? "duplicate_text" : `duplicate_${mode}`],
      },
    ]);
  },
});
