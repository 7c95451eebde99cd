import { type ColumnSpec, GristmillError } from "../native/index.ts";
import { nearest, place, type Recipe } from "../recipe/index.ts";
import { STEPS, type StepDefinition } from "../steps/index.ts";

/** Columns before each step; `null` where nobody knows. */
export function columnsBefore(recipe: Recipe, start: readonly ColumnSpec[]): (string[] | null)[] {
  return columnsAlong(recipe, start).slice(0, -1);
}

/** Columns behind the last step; `null` where nobody knows. */
export function columnsAfter(recipe: Recipe, start: readonly ColumnSpec[]): string[] | null {
  return columnsAlong(recipe, start).at(-1) ?? null;
}

function columnsAlong(recipe: Recipe, start: readonly ColumnSpec[]): (string[] | null)[] {
  let columns: string[] | null = start.length === 0 ? null : start.map(({ name }) => name);
  const along = [columns];
  for (const { definition, options } of recipe.steps) {
    columns = definition === null || columns === null ? null : after(definition, options, columns);
    along.push(columns);
  }
  return along;
}

function after(definition: StepDefinition, options: Record<string, unknown>, columns: readonly string[]): string[] {
  const gone = new Set(definition.removes?.(options, columns) ?? []);
  return [...new Set([...columns.filter((column) => !gone.has(column)), ...definition.adds(options)])];
}

/**
 * Follows the columns through the recipe, so that a step that needs what nobody provides fails before a row is read.
 * After a user's own step nobody knows, and the check ends.
 */
export function checkColumns(recipe: Recipe, start: readonly ColumnSpec[]): void {
  let columns = start.map(({ name }) => name);
  for (const { name, definition, options, at } of recipe.steps) {
    if (definition === null) return;
    for (const needed of definition.needs(options)) {
      if (!columns.includes(needed)) throw absent(place(at), `step ${name}`, needed, columns);
    }
    columns = after(definition, options, columns);
  }
  for (const { definition, options, at } of recipe.outputs) {
    for (const needed of definition.needs(options)) {
      if (!columns.includes(needed)) throw absent(place(at), `output ${definition.name}`, needed, columns);
    }
  }
}

/** Columns of a source without any: what keys, steps and outputs ask for, so that empty input gives an empty data set. */
export function columnsOfNothing(recipe: Recipe): ColumnSpec[] {
  const columns = new Set(
    recipe.sources.flatMap(({ options }) => (typeof options.key === "string" ? [options.key] : [])),
  );
  const added = new Set<string>();
  for (const { definition, options } of recipe.steps) {
    if (definition === null) break;
    for (const name of definition.needs(options)) if (!added.has(name)) columns.add(name);
    for (const name of definition.adds(options)) added.add(name);
  }
  for (const { definition, options } of recipe.outputs) {
    for (const name of definition.needs(options)) if (!added.has(name)) columns.add(name);
  }
  if (columns.size === 0) columns.add("text");
  return [...columns].map((name) => ({ name, type: "text" }));
}

function absent(where: string, who: string, column: string, columns: readonly string[]): GristmillError {
  const near = nearest(column, columns);
  const adders = STEPS.filter((step) => addsByDefault(step.adds.bind(step), column)).map((step) => step.name);
  const advice = [
    `columns at this point: ${columns.join(", ") || "none"}`,
    ...(adders.length > 0 ? [`steps that add it: ${adders.join(", ")}`] : []),
  ].join("\n");
  const message = `${where}: ${who} needs column "${column}", which is not there${near === null ? "" : `; did you mean "${near}"?`}`;
  return new GristmillError("GM_RECIPE_MISSING_COLUMN", "usage", message, advice);
}

function addsByDefault(adds: (options: Record<string, unknown>) => string[], column: string): boolean {
  try {
    return adds({ into: "tokens", char_count: true }).includes(column);
  } catch {
    return false;
  }
}
