import { z } from "zod";
import { defineStep } from "./step.ts";

/** Sorts rows by a column. */
export const sort = defineStep({
  name: "sort",
  aliases: [],
  summary: "Sort all rows by a column; equal values keep their order",
  details:
    "Works on any number of rows: they are exchanged by ranges of the column and sorted in files. Missing values come last. The column holds numbers, or text of digits such as identifiers, which sorts by its number.",
  shape: "group",
  options: z.strictObject({
    by: z.string().min(1).describe("Column to sort by"),
    descending: z.boolean().default(false).describe("Largest first"),
  }),
  shorthand: "by",
  needs: ({ by }) => [by],
  adds: () => [],
  examples: [
    { recipe: "- sort: { by: tokens, descending: true }", command: "gristmill sort in.csv -o out.csv --by tokens" },
  ],
  parts: ({ by, descending }, { partitions }) => [
    { shape: "fold", name: "cuts", native: { kind: "range_cuts", options: { column: by, descending, partitions } } },
    {
      shape: "group",
      route: { by: { kind: "range", column: by, descending, cuts: "cuts" }, order: null },
      native: null,
    },
  ],
});
