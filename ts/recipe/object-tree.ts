import type { Problems } from "./problem.ts";
import type { Position } from "./recipe.ts";
import { DANGEROUS_KEYS, join, type MapTree, scalar, type Tree } from "./tree.ts";

/** Deeper nesting than any recipe has. */
const MAX_DEPTH = 32;

/** Reads a recipe, or a value, given as JavaScript data. */
export function readObject(value: unknown, at: Position, problems: Problems, depth = 0): Tree {
  const here = (name: string): Position => ({ ...at, path: join(at.path, name) });
  if (depth > MAX_DEPTH) {
    problems.add("GM_RECIPE_WRONG_TYPE", at, "nests too deep, or contains itself");
    return scalar(null, at);
  }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, i) => readObject(item, here(String(i)), problems, depth + 1));
    return { kind: "list", at, items };
  }
  if (typeof value === "object" && value !== null) {
    const map: MapTree = { kind: "map", at, entries: new Map() };
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      if (DANGEROUS_KEYS.has(key)) problems.add("GM_RECIPE_BAD_KEY", here(key), `${key} cannot be a key`);
      else map.entries.set(key, { at: here(key), node: readObject(item, here(key), problems, depth + 1) });
    }
    return map;
  }
  if (typeof value === "bigint" || typeof value === "symbol") {
    problems.add("GM_RECIPE_WRONG_TYPE", at, `is a ${typeof value}; give a number or text`);
    return scalar(null, at);
  }
  return scalar(value ?? null, at);
}
