import { z } from "zod";
import { column } from "./common.ts";
import { anyDigit, COMPARE } from "./compare.ts";
import { defineStep } from "./step.ts";

/** Cuts lines or paragraphs that come again. */
export const dedupeLines = defineStep({
  name: "dedupe_lines",
  aliases: [],
  summary: "Cut lines or paragraphs out of texts that stand in other texts too: menus, notices, boilerplate",
  details: `Texts of the web share lines: cookie notices, menus, "Sign up for our newsletter", disclaimers. This step finds lines that come
again anywhere in the data, in the same text or in another, and cuts them. The rest of a text stays as it is.

\`unit: paragraphs\` compares and cuts what stands between blank lines instead. Blank lines are no units.

\`compare\` says what counts:

- \`normalised\`: letters and digits of any script, in lower case; white space, punctuation and symbols make no difference. With
  \`any_digit\` all digits are one too, which makes "Posted on May 12" and "Posted on May 13" the same.
- \`without_whitespace\`: everything but white space.
- \`exact\`: every character but for white space at the end of a line.

A unit of which fewer than \`min_chars\` characters count is never cut: a lone \`}\`, \`---\`, "Yes." or \`import os\` may come as often
as it likes. A smaller number cuts more menus, a greater one spares short lines that belong where they stand, such as those of dialogues.

A unit stays where it stands first, in the order of the rows, and up to \`max\` times. With \`duplicates: all\` one that comes more than
\`max\` times is cut wherever it stands: with \`max: 10\`, say, what a few texts quote stays, and boilerplate goes altogether.

A row of which nothing is left is dropped (\`all_duplicate\`), one of which less than the share \`min_left\` of its characters is left
too (\`mostly_duplicate\`). A first occurrence counts even if its row is dropped then. Where lines are cut, blank lines around them do not pile up.

Source code repeats itself by nature, and what is left of it without its repeated lines is no code. There \`unit: paragraphs\` with a large
\`min_chars\` and \`duplicates: all\` takes licence texts out, or \`flag\` tells which files are mostly such.

\`action: flag\` cuts and drops nothing and adds two columns, the share of a text's units that are duplicates and the share of its
characters in them: \`duplicate_lines\` and \`duplicate_line_chars\`, or \`duplicate_paragraphs\` and \`duplicate_paragraph_chars\`.

The trace tells of each changed row how many of its units were cut, and the first of them. \`findings\` in \`manifest.json\`, and what
the command prints with \`--json\`, has how many units and characters were compared and are duplicates, and the twenty that come most often.

Memory does not grow with the texts: 40 bytes a unit are sorted on disk. For whole texts see \`dedupe\` and \`near_dedup\`;
docs/near-duplicates.md tells how it works.`,
  shape: "select",
  options: z.strictObject({
    column,
    unit: z.enum(["lines", "paragraphs"]).default("lines").describe("What is compared and cut"),
    compare: z.enum(COMPARE).default("normalised").describe("What of a unit counts"),
    any_digit: anyDigit,
    min_chars: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(20)
      .describe("A unit of which fewer characters count is never cut"),
    max: z.int().min(1).max(1_000_000).default(1).describe("How often a unit may come"),
    duplicates: z
      .enum(["later", "all"])
      .default("later")
      .describe("Of a unit that comes more often, those behind the first `max` are duplicates, or all"),
    min_left: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe("Share of a text's characters that must be left, else the row is dropped"),
    action: z.enum(["cut", "flag"]).default("cut").describe("Cut duplicates, or say how much of each text they are"),
    changes: z
      .enum(["off", "excerpts", "full"])
      .default("excerpts")
      .describe(
        "What `trace/` tells of a changed row: nothing, the first piece that was cut, or the text before and after",
      ),
  }),
  shorthand: "unit",
  needs: ({ column }) => [column],
  adds: ({ action, unit }) => (action === "cut" ? [] : flags(unit)),
  examples: [
    {
      recipe: "- dedupe_lines: { duplicates: all, max: 10, min_left: 0.3 }",
      command: "gristmill dedupe_lines pages.jsonl -o clean.jsonl --column text --trace cut.jsonl",
    },
  ],
  parts: ({ column, unit, compare, any_digit, min_chars, max, duplicates, min_left, action, changes }) => {
    const keys = { kind: "dedupe_lines", options: { column, unit, compare, any_digit, min_chars } };
    return [
      { shape: "select", keys, decide: { kind: "repeats", step: keys, max, all: duplicates === "all" }, reasons: [] },
      { shape: "map", native: { kind: "cut_lines", options: { column, unit, action, min_left, changes } } },
    ];
  },
});

function flags(unit: "lines" | "paragraphs"): string[] {
  return unit === "lines"
    ? ["duplicate_lines", "duplicate_line_chars"]
    : ["duplicate_paragraphs", "duplicate_paragraph_chars"];
}
