import { z } from "zod";
import { column } from "./common.ts";
import { defineStep } from "./step.ts";

/** Drops dialogues that are too short or too long in turns. */
export const minTurns = defineStep({
  name: "min_turns",
  aliases: ["filterturns", "filter_turns"],
  summary: "Keep dialogues with at least so many turns",
  details:
    "Counts the ChatML start tags of user and assistant turns and keeps rows with `min` to `max` of them, both included.",
  shape: "map",
  options: z.strictObject({
    min: z.int().min(0).default(2).describe("Fewest turns of a dialogue"),
    max: z.int().min(0).nullable().default(null).describe("Most turns of a dialogue; none by default"),
    column,
  }),
  shorthand: "min",
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [{ recipe: "- min_turns: 2", command: "gristmill min_turns dialogues.csv -o long.csv --min 2" }],
  parts: ({ min, max, column }) => [{ shape: "map", native: { kind: "min_turns", options: { min, max, column } } }],
});
