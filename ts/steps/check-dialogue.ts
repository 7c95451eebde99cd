import { z } from "zod";
import { column, compat, modeOf } from "./common.ts";
import { defineStep } from "./step.ts";

/** Drops what is no whole dialogue. */
export const checkDialogue = defineStep({
  name: "check_dialogue",
  aliases: [],
  summary: "Drop rows that are no whole ChatML dialogue",
  details: `End of text at the end, at least one turn, alternating roles; tags pair up and none stands inside a turn. Reasons are
\`invalid_no_end_of_text\`, \`invalid_no_turn\`, \`invalid_alternation\`, \`invalid_tail\` and \`invalid_tags\`; the rule tells the turn.
\`clean_chat\` ends with the same check. \`compat: true\` leaves out the check of the tags, as the replaced script did.`,
  shape: "map",
  options: z.strictObject({ column, compat }),
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [{ recipe: "- check_dialogue: {}", command: "gristmill check_dialogue dialogues.csv -o whole.csv" }],
  parts: ({ column, compat }) => [
    { shape: "map", native: { kind: "check_dialogue", options: { column, preset: modeOf(compat) } } },
  ],
});
