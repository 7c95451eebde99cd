import { z } from "zod";
import { column, compat, modeOf } from "./common.ts";
import { defineStep } from "./step.ts";

/** Removes stray punctuation before end tags. */
export const closeTurns = defineStep({
  name: "close_turns",
  aliases: ["fixend"],
  summary: "Remove stray commas, colons and blanks right before the end tag of a turn",
  details:
    "An emoticon such as `D:` keeps its colon. With `compat: true` it loses it and an empty turn loses the line end after its role, as in the replaced script.",
  shape: "map",
  options: z.strictObject({ column, compat }),
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [{ recipe: "- close_turns", command: "gristmill close_turns in.csv -o out.csv" }],
  parts: ({ column, compat }) => [
    { shape: "map", native: { kind: "close_turns", options: { column, mode: modeOf(compat) } } },
  ],
});
