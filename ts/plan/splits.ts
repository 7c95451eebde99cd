import type { ColumnSpec } from "../native/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { columnsAfter } from "./columns.ts";

/** Outputs that know splits, and were told nothing of them, go by the column that a step has written for that. */
export function withSplits(recipe: Recipe, start: readonly ColumnSpec[]): Recipe {
  const writers = recipe.steps.flatMap(({ definition, options }) => definition?.splits?.(options) ?? []);
  const columns = columnsAfter(recipe, start);
  const column = writers.findLast((name) => columns === null || columns.includes(name));
  if (column === undefined) return recipe;
  const outputs = recipe.outputs.map((output) => {
    const { split, split_by } = output.options;
    return split === null && split_by === null
      ? { ...output, options: { ...output.options, split_by: column } }
      : output;
  });
  return { ...recipe, outputs };
}
