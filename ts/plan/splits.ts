import { type ColumnSpec, GristmillError } from "../native/index.ts";
import { place, type Recipe } from "../recipe/index.ts";
import { columnsAfter } from "./columns.ts";

/**
 * Outputs that know splits, and were told nothing of them, go by the column that a step has written for that; steps that
 * put rows together keep those of different splits apart.
 */
export function withSplits(given: Recipe, start: readonly ColumnSpec[]): Recipe {
  const { steps, writers } = keptApart(given, start);
  const recipe = { ...given, steps };
  const written = writers.at(-1);
  if (written === undefined) return recipe;
  const column = present(writers, columnsAfter(recipe, start));
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

function keptApart(recipe: Recipe, start: readonly ColumnSpec[]): { steps: Recipe["steps"]; writers: string[] } {
  const steps: Recipe["steps"] = [];
  const writers: string[] = [];
  for (const step of recipe.steps) {
    const { definition, options } = step;
    const option = definition?.together;
    const before = columnsAfter({ ...recipe, steps }, start);
    const column = option === undefined ? undefined : present(writers, before);
    const columns = option === undefined ? [] : (options[option] as string[]);
    steps.push(
      option === undefined || column === undefined || columns.includes(column)
        ? step
        : { ...step, options: { ...options, [option]: [...columns, column] } },
    );
    writers.push(...[definition?.splits?.(options) ?? []].flat());
  }
  return { steps, writers };
}

/** The last of the columns that tell splits which is still there. */
function present(writers: readonly string[], columns: readonly string[] | null): string | undefined {
  return writers.findLast((name) => columns === null || columns.includes(name));
}
