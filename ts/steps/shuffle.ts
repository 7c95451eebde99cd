import { z } from "zod";
import { defineStep } from "./step.ts";

/** Shuffles all rows. */
export const shuffle = defineStep({
  name: "shuffle",
  aliases: [],
  summary: "Shuffle all rows, the same way for the same seed",
  details: "The order is that of hash(seed, step, id), so it does not depend on threads or on how the input is cut.",
  shape: "group",
  options: z.strictObject({
    seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
  }),
  shorthand: "seed",
  needs: () => [],
  adds: () => [],
  examples: [{ recipe: "- shuffle", command: "gristmill shuffle in.parquet -o out.parquet --seed 7" }],
  parts: (options, { seed }) => [
    {
      shape: "group",
      route: { by: { kind: "shuffle", seed: options.seed ?? seed, step: "shuffle" }, order: null },
      native: null,
    },
  ],
});
