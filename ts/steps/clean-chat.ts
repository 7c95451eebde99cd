import { z } from "zod";
import { column, compat } from "./common.ts";
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

\`preset: parity\` (or \`compat: true\`) sets all rules to what the replaced script did; single rules are switched or changed
under \`rules\`.`,
  shape: "map",
  options: z.strictObject({
    preset: z.enum(["fixed", "parity"]).default("fixed").describe("Set of rules to start from"),
    rules: z
      .record(z.string().regex(/^[a-z0-9_]+$/, "a rule name such as card_trade"), rule)
      .default({})
      .describe(
        "Changes to rules by name: `on`, `off` or options; another name with `action` and `pattern` or `literal` adds a rule",
      ),
    layout: z.enum(["chatml", "plain"]).default("chatml").describe("Dialogues with turn tags, or plain messages"),
    column,
    compat,
  }),
  shorthand: "preset",
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [
    {
      recipe: "- clean_chat: { preset: fixed, rules: { card_trade: off } }",
      command: "gristmill clean_chat dialogues.csv -o clean.csv --preset fixed",
    },
  ],
  parts: ({ preset, rules, layout, column, compat }) => [
    {
      shape: "map",
      native: { kind: "clean_chat", options: { preset: compat ? "parity" : preset, rules, layout, column } },
    },
  ],
});
