import type { z } from "zod";
import { toSnakeCase } from "./names.ts";
import { nearest } from "./nearest.ts";
import type { Problems } from "./problem.ts";
import type { Position } from "./recipe.ts";
import type { MapTree, Tree } from "./tree.ts";

/** What steps, sources and outputs have in common. */
export interface Declared {
  name: string;
  aliases: string[];
  options: z.ZodObject;
  shorthand?: string;
  examples: { recipe: string }[];
}

/** One item of `steps`, `sources` or `outputs` before its options are checked. */
export interface Entry<D extends Declared> {
  /** `null`: a user's own step. */
  definition: D | null;
  name: string;
  at: Position;
  options: MapTree;
  user: unknown;
}

/** Reads `- name`, `- name: value`, `- name: { options }` and, for the API, `{ name, user }`. */
export function readEntries<D extends Declared>(
  what: "source" | "step" | "output",
  tree: Tree | undefined,
  registry: readonly D[],
  problems: Problems,
): Entry<D>[] {
  if (tree === undefined) return [];
  const example = registry[0]?.examples[0]?.recipe ?? "- name";
  if (tree.kind !== "list") {
    problems.add("GM_RECIPE_WRONG_TYPE", tree.at, `${what}s must be a list`, `example:\n${what}s:\n  ${example}`);
    return [];
  }
  const entries: Entry<D>[] = [];
  for (const item of tree.items) {
    const entry = readEntry(what, item, registry, problems, example);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

function readEntry<D extends Declared>(
  what: string,
  item: Tree,
  registry: readonly D[],
  problems: Problems,
  example: string,
): Entry<D> | null {
  const empty = (at: Position): MapTree => ({ kind: "map", at, entries: new Map() });
  if (item.kind === "scalar" && typeof item.value === "string") {
    return named(what, item.value, item.at, empty(item.at), registry, problems);
  }
  if (item.kind === "map") {
    const user = item.entries.get("user")?.node;
    if (what === "step" && user?.kind === "scalar" && typeof user.value === "function") {
      const name = item.entries.get("name")?.node;
      const given = name?.kind === "scalar" && typeof name.value === "string" ? toSnakeCase(name.value) : "user";
      return { definition: null, name: given, at: item.at, options: empty(item.at), user: user.value };
    }
    const [[name, value] = [], ...more] = item.entries;
    if (name !== undefined && value !== undefined && more.length === 0) {
      return named(what, name, value.at, optionsOf(value.node), registry, problems, value.node);
    }
    if (name !== undefined && value !== undefined) {
      const names = [...item.entries.keys()].join(", ");
      problems.add(
        "GM_RECIPE_WRONG_TYPE",
        item.at,
        `a ${what} is one name with its options, here stand ${names}`,
        `options belong below the name, indented further or in braces:\n${example}`,
      );
      return null;
    }
  }
  problems.add("GM_RECIPE_WRONG_TYPE", item.at, `not a ${what}`, `example:\n${example}`);
  return null;
}

function optionsOf(node: Tree): MapTree {
  return node.kind === "map" ? node : { kind: "map", at: node.at, entries: new Map() };
}

function named<D extends Declared>(
  what: string,
  name: string,
  at: Position,
  options: MapTree,
  registry: readonly D[],
  problems: Problems,
  value?: Tree,
): Entry<D> | null {
  const wanted = toSnakeCase(name);
  const definition = registry.find((d) => d.name === wanted || d.aliases.includes(wanted));
  if (definition === undefined) {
    const near = nearest(
      wanted,
      registry.flatMap((d) => [d.name, ...d.aliases]),
    );
    const known = registry.map((d) => d.name).join(", ");
    problems.add(
      "GM_RECIPE_UNKNOWN_NAME",
      at,
      `unknown ${what} "${name}"${near === null ? "" : `; did you mean "${near}"?`}`,
      `${what}s: ${known}`,
    );
    return null;
  }
  const entry = { definition, name: definition.name, at, options, user: null };
  if (value === undefined || value.kind === "map" || (value.kind === "scalar" && value.value === null)) return entry;
  if (definition.shorthand === undefined) {
    problems.add(
      "GM_RECIPE_WRONG_TYPE",
      value.at,
      `${definition.name} takes options by name`,
      `example:\n${definition.examples[0]?.recipe ?? `- ${definition.name}: {}`}`,
    );
    return entry;
  }
  options.entries.set(definition.shorthand, { at: value.at, node: value });
  return entry;
}
