import type { Position } from "./recipe.ts";

/** A value of a recipe that still knows where it stands and where it came from. */
export type Tree = ScalarTree | ListTree | MapTree;

export interface ScalarTree {
  kind: "scalar";
  at: Position;
  /** String, number, boolean, null, or a function of the API. */
  value: unknown;
  /** The text it was read from, when it might as well have been meant as text. */
  raw: string | null;
  /** Came from a variable or an override: a relative path starts at the working folder. */
  outside: boolean;
  /** Never shown. */
  secret: boolean;
  /** Variables are not looked for in it. */
  literal: boolean;
}

export interface ListTree {
  kind: "list";
  at: Position;
  items: Tree[];
}

export interface MapTree {
  kind: "map";
  at: Position;
  entries: Map<string, { at: Position; node: Tree }>;
}

export function scalar(value: unknown, at: Position, more: Partial<ScalarTree> = {}): ScalarTree {
  return { kind: "scalar", at, value, raw: null, outside: false, secret: false, literal: false, ...more };
}

/** The plain value. Maps have no prototype tricks: dangerous keys were refused when the tree was made. */
export function toValue(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.value;
  if (tree.kind === "list") return tree.items.map(toValue);
  return Object.fromEntries([...tree.entries].map(([key, { node }]) => [key, toValue(node)]));
}

/** The deepest node on a path. */
export function locate(tree: Tree, path: readonly PropertyKey[]): { node: Tree; at: Position } {
  let found = { node: tree, at: tree.at };
  for (const step of path) {
    const { node } = found;
    if (node.kind === "map") {
      const entry = node.entries.get(String(step));
      if (entry === undefined) break;
      found = { node: entry.node, at: entry.node.at };
    } else if (node.kind === "list") {
      const item = node.items[Number(step)];
      if (item === undefined) break;
      found = { node: item, at: item.at };
    } else break;
  }
  return found;
}

/** Every scalar below a node with its path. */
export function* scalars(
  tree: Tree,
  path: readonly string[] = [],
): Generator<{ node: ScalarTree; path: readonly string[] }> {
  if (tree.kind === "scalar") yield { node: tree, path };
  else if (tree.kind === "list")
    for (const [i, item] of tree.items.entries()) yield* scalars(item, [...path, String(i)]);
  else for (const [key, { node }] of tree.entries) yield* scalars(node, [...path, key]);
}

/** Keys that could reach an object's prototype. */
export const DANGEROUS_KEYS: ReadonlySet<string> = new Set(["__proto__", "prototype", "constructor"]);

/** The path of what is called `name` below a path. */
export function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
