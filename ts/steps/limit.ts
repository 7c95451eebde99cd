import { z } from "zod";
import { defineStep } from "./step.ts";

/** Keeps the first rows. */
export const limit = defineStep({
  name: "limit",
  aliases: ["head"],
  summary: "Keep the first so many rows",
  details:
    "The first in the order of the rows at this point of the recipe; `--limit` on the command line cuts the inputs instead.",
  shape: "select",
  options: z.strictObject({
    rows: z.int().min(0).default(1000).describe("Rows that stay"),
  }),
  shorthand: "rows",
  needs: () => [],
  adds: () => [],
  examples: [{ recipe: "- limit: 1000", command: "gristmill limit in.csv -o out.csv --rows 1000" }],
  parts: ({ rows }) => [
    {
      shape: "select",
      keys: { kind: "row_order", options: {} },
      decide: { kind: "in_order", rows, payload: null },
      reasons: ["over_limit"],
    },
  ],
});
