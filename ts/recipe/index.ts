/*
 * loadRecipe(input: RecipeInput): Recipe        throws GristmillError (GM_RECIPE_*), kind usage
 * recipeSchema(): Record<string, unknown>       JSON Schema draft-07
 * toSnakeCase(name), toCamelCase(name), snakeKeys(object)
 */
export type * from "./recipe.ts";
