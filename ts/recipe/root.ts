import { z } from "zod";
import type { Declared, Entry } from "./entries.ts";
import type { Problems } from "./problem.ts";
import type { MapTree } from "./tree.ts";
import { validate } from "./validate.ts";

/** Plain keys of a recipe. */
export const fields = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, `.`, `_` and `-` only")
    .default("recipe")
    .describe("Name of the recipe; that of its file when absent"),
  description: z.string().default("").describe("What the recipe makes, for people"),
  seed: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe("Seed of everything random; the same seed gives the same bytes"),
  compat: z
    .boolean()
    .default(false)
    .describe("Do what the replaced tools did, their faults included; for all steps that know it"),
  max_bad_rows: z
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe("Fail when more rows than this cannot be read or processed; no limit when null"),
});

export const RECIPE_KEYS: readonly string[] = [...Object.keys(fields.shape), "vars", "sources", "steps", "outputs"];

/** Checks the plain keys. */
export function recipeFields(root: MapTree, fallbackName: string, problems: Problems): z.infer<typeof fields> {
  const own = new Map([...root.entries].filter(([key]) => Object.hasOwn(fields.shape, key)));
  const entry: Entry<Declared> = {
    definition: null,
    name: "the recipe",
    at: root.at,
    options: { kind: "map", at: root.at, entries: own },
    user: null,
  };
  const checked = validate(entry, fields, problems);
  const values = fields.parse(checked ?? {});
  return own.has("name") ? values : { ...values, name: fallbackName.replace(/[^A-Za-z0-9._-]+/g, "-") || "recipe" };
}
