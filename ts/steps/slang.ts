import { z } from "zod";
import { changes, column, compat, modeOf } from "./common.ts";
import { defineStep } from "./step.ts";

/** Spells out chat slang. */
export const slang = defineStep({
  name: "slang",
  aliases: [],
  summary: "Spell out chat abbreviations (u, thx, gr8) as whole words",
  details: `Replaces whole words, whatever their case, longest first; a capital in the original gives a capital at the start. Single
letters next to \`.\`, \`&\`, \`-\`, \`:\` or digits stay. \`words\` adds to the built-in table or, with \`extend: false\`, replaces it; an
empty replacement switches a built-in pair off. \`changes: full\` writes a log of all edits to \`trace/\`.`,
  shape: "map",
  options: z.strictObject({
    words: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe("Own pairs: abbreviation and what it stands for"),
    extend: z.boolean().default(true).describe("Add to the built-in table instead of replacing it"),
    changes,
    column,
    compat,
  }),
  shorthand: "words",
  needs: ({ column }) => [column],
  adds: () => [],
  examples: [
    { recipe: "- slang: { words: { imo: in my opinion } }", command: "gristmill slang dialogues.csv -o plain.csv" },
  ],
  parts: ({ words, extend, changes, column, compat }) => [
    {
      shape: "map",
      native: { kind: "slang", options: { words, only: !extend, changes, column, preset: modeOf(compat) } },
    },
  ],
});
