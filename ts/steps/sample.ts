import { z } from "zod";
import { defineStep } from "./step.ts";

/** Keeps a share of the rows by the hash of their id. */
export const sample = defineStep({
  name: "sample",
  aliases: [],
  summary: "Keep a share of the rows, chosen by hash of the id",
  details: "A larger share contains the smaller one, and a row stays or goes whatever other rows there are.",
  shape: "map",
  options: z.strictObject({
    fraction: z.number().min(0).max(1).default(0.01).describe("Share of the rows that stays"),
    seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
  }),
  shorthand: "fraction",
  needs: () => [],
  adds: () => [],
  examples: [{ recipe: "- sample: 0.01", command: "gristmill sample in.parquet -o out.parquet --fraction 0.01" }],
  parts: ({ fraction, seed }, context) => [
    { shape: "map", native: { kind: "sample", options: { fraction, seed: seed ?? context.seed } } },
  ],
});
