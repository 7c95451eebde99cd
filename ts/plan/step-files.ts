import type { Recipe } from "../recipe/index.ts";
import { findFiles } from "./find-files.ts";

/** Where options of steps name folders and globs, the files they mean stand instead, in the order of sources. */
export function withStepFiles(recipe: Recipe): Recipe {
  const steps = recipe.steps.map((step) => {
    const { definition, options, at } = step;
    const found = Object.entries(definition?.folders ?? {}).map(([option, extensions = []]) => {
      const paths = [options[option]].flat().filter((path) => typeof path === "string");
      return [option, findFiles(paths, extensions, at).map(({ path }) => path)];
    });
    return found.length === 0 ? step : { ...step, options: { ...options, ...Object.fromEntries(found) } };
  });
  return { ...recipe, steps };
}
