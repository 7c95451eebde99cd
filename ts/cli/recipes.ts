import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { GristmillError } from "../native/failure.ts";
import { nearest } from "../recipe/nearest.ts";

/** Folder of the recipes that come with the package; the same from `ts/cli` and from `dist/cli`. */
const SHIPPED = new URL("../../recipes/", import.meta.url);

/** Names of the recipes that come with the package. */
export function shippedRecipes(): string[] {
  const folder = fileURLToPath(SHIPPED);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** A recipe by path, or by the name of one that comes with the package. A file in the way wins. */
export function findRecipe(pathOrName: string): string {
  if (existsSync(pathOrName)) return pathOrName;
  const names = shippedRecipes();
  const name = pathOrName.replaceAll("_", "-");
  if (names.includes(name)) return fileURLToPath(new URL(`${name}.yaml`, SHIPPED));
  const meant = nearest(name.replace(/\.ya?ml$/, ""), names);
  throw new GristmillError(
    "GM_RECIPE_NOT_FOUND",
    "input",
    `no recipe ${pathOrName}`,
    meant === null
      ? `give the path of a YAML file, or one of the shipped recipes: ${names.join(", ")}`
      : `did you mean ${meant}?`,
  );
}
