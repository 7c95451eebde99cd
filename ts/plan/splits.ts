import { type ColumnSpec, GristmillError } from "../native/index.ts";
import { place, type Recipe } from "../recipe/index.ts";
import { columnsAfter } from "./columns.ts";

/** Outputs that know splits, and were told nothing of them, go by the column that a step has written for that. */
export function withSplits(recipe: Recipe, start: readonly ColumnSpec[]): Recipe {
  const writers = recipe.steps.flatMap(({ definition, options }) => definition?.splits?.(options) ?? []);
  const written = writers.at(-1);
  if (written === undefined) return recipe;
  const columns = columnsAfter(recipe, start);
  const column = writers.findLast((name) => columns === null || columns.includes(name));
  const outputs = recipe.outputs.map((output) => {
    const { split, split_by } = output.options;
    if (split !== null || split_by !== null) return output;
    if (column === undefined) {
      // All rows in one split would put what is for testing among what is learnt.
      throw new GristmillError(
        "GM_PLAN_NO_SPLIT",
        "usage",
        `${place(output.at)}: the column "${written}" that says which split a row belongs to does not reach output ${output.definition.name}`,
        "keep it up to there (`columns` of the output says what is written), or say of all rows `split: train`",
      );
    }
    return { ...output, options: { ...output.options, split_by: column } };
  });
  return { ...recipe, outputs };
}
