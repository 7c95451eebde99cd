import { z } from "zod";
import { changes, column, compat } from "./common.ts";
import { defineStep } from "./step.ts";

// The options of a rule are the native side's to check: they differ from rule to rule.
const rule = z.union([z.enum(["on", "off"]), z.boolean(), z.record(z.string(), z.unknown())]);

/** Cleans dialogues and drops those that are no conversation. */
export const cleanChat = defineStep({
  name: "clean_chat",
  aliases: ["smartclean"],
  summary: "Clean ChatML dialogues turn by turn; drop adverts, lists, code and spam",
  details: `First transforms each turn (spoiler marks, headings, mentions, emoji, doubled punctuation and blanks), then asks a list of
rules whether the dialogue is worth keeping; the first rule that fires names the drop reason (\`card_trade\`, \`code_like\`,
\`nonlatin_spam_cyrillic\`, …). At last the ChatML tags must be whole and the roles alternate.

Under \`rules\`, single rules are switched (\`card_trade: off\`), tuned (\`bulletpoint_list: { lines: 4 }\`) or added: any other
name with \`action: drop\` or \`replace\`, a \`pattern\` (regular expression) or \`literal\`, and if wanted \`replace\`, \`reason\` and
\`scope: row\` instead of \`turn\`. Own replacements run before \`spaces\`, own drops after the built-in ones; \`order\` moves rules.
docs/cleaning.md lists all rules with what they do in both presets.

\`max_tokens\` drops what is longer after cleaning (\`too_long\`, or \`token_error\` where the tokenizer fails).

\`preset: parity\` (or \`compat: true\`) sets all rules to what the replaced script did.`,
  shape: "map",
  options: z.strictObject({
    preset: z.enum(["fixed", "parity"]).default("fixed").describe("Set of rules to start from"),
    rules: z
      .record(z.string().regex(/^[a-z0-9_]+$/, "a rule name such as card_trade"), rule)
      .default({})
      .describe(
        "Changes to rules by name: `on`, `off` or options; another name with `action` and `pattern` or `literal` adds a rule",
      ),
    order: z
      .array(z.string())
      .default([])
      .describe("Rules in the order they shall run in: they take one another's places, the others stay where they are"),
    changes,
    max_tokens: z.int().min(1).nullable().default(null).describe("Most tokens of a dialogue; no limit when absent"),
    tokenizer: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("What `max_tokens` counts: path of a `tokenizer.json`, or `words`, `chars` or `bytes`"),
    layout: z.enum(["chatml", "plain"]).default("chatml").describe("Dialogues with turn tags, or plain messages"),
    column,
    compat,
  }),
  shorthand: "preset",
  files: ["tokenizer"],
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [
    {
      recipe: "- clean_chat: { preset: fixed, rules: { card_trade: off } }",
      command: "gristmill clean_chat dialogues.csv -o clean.csv --preset fixed",
    },
  ],
  parts: ({ preset, rules, order, changes, max_tokens, tokenizer, layout, column, compat }) => [
    {
      shape: "map",
      native: {
        kind: "clean_chat",
        options: { preset: compat ? "parity" : preset, rules, order, changes, layout, column },
      },
    },
    ...(max_tokens === null
      ? []
      : [{ shape: "map" as const, native: { kind: "token_limit", options: { column, tokenizer, max_tokens } } }]),
  ],
});
