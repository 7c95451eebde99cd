/** Recipes: YAML or an object, with variables and overrides, to validated steps with positions. */
export { loadRecipe } from "./load.ts";
export { snakeKeys, toCamelCase, toSnakeCase } from "./names.ts";
export { nearest } from "./nearest.ts";
export { type Problem, place, RecipeError } from "./problem.ts";
export type * from "./recipe.ts";
export { recipeSchema } from "./schema.ts";
