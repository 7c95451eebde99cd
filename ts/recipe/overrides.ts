import type { Declared, Entry } from "./entries.ts";
import { toSnakeCase } from "./names.ts";
import { nearest } from "./nearest.ts";
import { readObject } from "./object-tree.ts";
import type { Problems } from "./problem.ts";
import type { Position } from "./recipe.ts";
import { DANGEROUS_KEYS, type ListTree, type MapTree, scalars, type Tree } from "./tree.ts";
import { yaml } from "./yaml.ts";

/** The parts of a recipe that `--set` reaches. */
export interface Settable {
  root: MapTree;
  sources: Entry<Declared>[];
  steps: Entry<Declared>[];
  outputs: Entry<Declared>[];
  /** Plain keys of the recipe itself. */
  keys: readonly string[];
}

/** Applies `--set path=value`, in order. */
export function applySets(sets: Readonly<Record<string, unknown>>, recipe: Settable, problems: Problems): void {
  for (const [path, value] of Object.entries(sets)) applySet(path, value, recipe, problems);
}

function applySet(path: string, given: unknown, recipe: Settable, problems: Problems): void {
  const at: Position = { file: `--set ${path}`, line: null, column: null, path: "" };
  const node = readGiven(given, at, problems);
  if (node === null) return;
  const [head = "", ...rest] = path.split(".");
  if (rest.length === 0) {
    if (recipe.keys.includes(head)) recipe.root.entries.set(head, { at, node });
    else unknown(at, head, [...recipe.keys, "steps", "sources", "outputs"], problems);
    return;
  }
  if (head === "vars") {
    problems.add("GM_RECIPE_BAD_SET", at, "variables are given with --var", `--var ${rest.join(".")}=value`);
    return;
  }
  const lists: Readonly<Record<string, Entry<Declared>[]>> = {
    steps: recipe.steps,
    sources: recipe.sources,
    outputs: recipe.outputs,
  };
  const list = Object.hasOwn(lists, head) ? lists[head] : undefined;
  if (list === undefined) {
    unknown(at, head, [...Object.keys(lists), ...recipe.keys], problems);
    return;
  }
  const [name = "", ...option] = rest;
  const entry = findEntry(list, name);
  if (entry === undefined) {
    const names = list.map((e) => e.name);
    unknown(at, name, names, problems);
    return;
  }
  if (option.length === 0) {
    const example = Object.keys(entry.definition?.options.shape ?? {})[0] ?? "option";
    problems.add("GM_RECIPE_BAD_SET", at, "names no option", `e.g. --set ${head}.${name}.${example}=value`);
    return;
  }
  put(entry.options, option, node, at, problems);
}

/** By number from 0, or by the unique name, or by an alias that only one entry has. */
function findEntry(list: Entry<Declared>[], name: string): Entry<Declared> | undefined {
  if (/^\d+$/.test(name)) return list[Number(name)];
  const wanted = toSnakeCase(name);
  return list.find((e) => e.name === wanted) ?? list.find((e) => e.definition?.aliases.includes(wanted) ?? false);
}

function put(map: MapTree | ListTree, path: readonly string[], node: Tree, at: Position, problems: Problems): void {
  const [key = "", ...rest] = path;
  if (DANGEROUS_KEYS.has(key)) {
    problems.add("GM_RECIPE_BAD_KEY", at, `${key} cannot be a key`);
    return;
  }
  if (map.kind === "list") {
    const item = map.items[Number(key)];
    if (item === undefined) problems.add("GM_RECIPE_BAD_SET", at, `the list has no item ${key}; items count from 0`);
    else if (rest.length === 0) map.items[Number(key)] = node;
    else if (item.kind !== "scalar") put(item, rest, node, at, problems);
    else problems.add("GM_RECIPE_BAD_SET", at, `item ${key} is no map`);
    return;
  }
  const name = map.entries.has(key) ? key : toSnakeCase(key);
  if (rest.length === 0) {
    map.entries.set(name, { at, node });
    return;
  }
  const below = map.entries.get(name)?.node;
  const inner: MapTree | ListTree =
    below !== undefined && below.kind !== "scalar" ? below : { kind: "map", at, entries: new Map() };
  if (inner !== below) map.entries.set(name, { at, node: inner });
  put(inner, rest, node, at, problems);
}

function readGiven(given: unknown, at: Position, problems: Problems): Tree | null {
  let value = given;
  if (typeof given === "string") {
    try {
      value = yaml().parse(given, { schema: "core", maxAliasCount: 0 });
    } catch {
      value = given;
    }
  }
  const node = readObject(value, at, problems);
  if (node.kind === "scalar" && typeof given === "string") node.raw = given;
  for (const { node: leaf } of scalars(node)) {
    leaf.outside = true;
    leaf.literal = true;
  }
  return node;
}

function unknown(at: Position, name: string, known: readonly string[], problems: Problems): void {
  const near = nearest(name, known);
  const hint = known.length === 0 ? undefined : `known here: ${known.join(", ")}`;
  problems.add("GM_RECIPE_BAD_SET", at, `no "${name}"${near === null ? "" : `; did you mean "${near}"?`}`, hint);
}
