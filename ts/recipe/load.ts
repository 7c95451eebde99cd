import { readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { OUTPUTS } from "../outputs/index.ts";
import { SOURCES } from "../sources/index.ts";
import { BUILT_IN_COUNTERS, STEPS, type UserMap } from "../steps/index.ts";
import { type Declared, type Entry, readEntries } from "./entries.ts";
import { toSnakeCase } from "./names.ts";
import { nearest } from "./nearest.ts";
import { readObject } from "./object-tree.ts";
import { applySets } from "./overrides.ts";
import { Problems } from "./problem.ts";
import type { Position, Recipe, RecipeInput } from "./recipe.ts";
import { RECIPE_KEYS, recipeFields } from "./root.ts";
import { type MapTree, scalars, type Tree } from "./tree.ts";
import { snakeOptions, validate } from "./validate.ts";
import { Variables } from "./variables.ts";
import { readYaml } from "./yaml-text.ts";

interface Checked<D extends Declared> {
  entry: Entry<D>;
  /** As given, with defaults; what is shown and kept. */
  given: Record<string, unknown>;
  /** The same with absolute paths; what runs. */
  options: Record<string, unknown>;
}

/**
 * Reads a recipe: variables, overrides, validation.
 *
 * @throws RecipeError with everything that is wrong with it.
 */
export function loadRecipe(input: RecipeInput): Recipe {
  const cwd = resolve(input.cwd ?? ".");
  const file = input.path === undefined ? null : input.path;
  const folder = file === null ? cwd : dirname(resolve(cwd, file));
  const problems = new Problems();
  const start: Position = { file: file ?? "<recipe>", line: file === null ? null : 1, column: 1, path: "" };
  const root = readRoot(input, cwd, start, problems);
  for (const key of [...root.entries.keys()]) checkKey(key, root, problems);

  const sources = readEntries("source", root.entries.get("sources")?.node, SOURCES, problems);
  const steps = readEntries("step", root.entries.get("steps")?.node, STEPS, problems);
  const outputs = readEntries("output", root.entries.get("outputs")?.node, OUTPUTS, problems);
  for (const list of [sources, steps, outputs] as Entry<Declared>[][]) {
    makeUnique(list);
    if (input.object !== undefined) {
      for (const { definition, options } of list) if (definition !== null) snakeOptions(options, definition.options);
    }
  }
  const keys = RECIPE_KEYS.filter((key) => !["vars", "sources", "steps", "outputs"].includes(key));
  applySets(input.sets ?? {}, { root, sources, steps, outputs, keys }, problems);

  const declared = root.entries.get("vars")?.node;
  if (declared !== undefined && declared.kind !== "map") {
    problems.add("GM_RECIPE_WRONG_TYPE", declared.at, "vars must be a map", "example:\nvars:\n  input: export.json.gz");
  }
  const variables = new Variables(
    input.vars ?? {},
    input.env ?? {},
    declared?.kind === "map" ? declared : null,
    problems,
  );
  for (const key of keys) {
    const entry = root.entries.get(key);
    if (entry !== undefined) variables.expand(entry.node);
  }
  for (const list of [sources, steps, outputs] as Entry<Declared>[][])
    for (const { options } of list) variables.expand(options);
  variables.checkFlags(start);
  problems.raise();

  const fields = recipeFields(root, file === null ? "recipe" : basename(file).replace(/\.ya?ml$/i, ""), problems);
  const check = <D extends Declared>(list: Entry<D>[], paths: (definition: D) => readonly string[]): Checked<D>[] =>
    list.flatMap((entry) => {
      const checked = checkEntry(entry, fields.compat, paths, { folder, cwd }, problems);
      return checked === null ? [] : [checked];
    });
  const checkedSources = check(sources, (d) => (d.shorthand === "path" ? ["path"] : []));
  const checkedSteps = check(steps, (d) => d.files ?? []);
  const checkedOutputs = check(outputs, () => []);
  if (sources.length === 0) {
    problems.add(
      "GM_RECIPE_MISSING_OPTION",
      start,
      "the recipe has no sources",
      "example:\nsources:\n  - discord: export.json.gz",
    );
  }
  if (outputs.length === 0) {
    problems.add("GM_RECIPE_MISSING_OPTION", start, "the recipe has no outputs", "example:\noutputs:\n  - dataset");
  }
  problems.raise();

  return {
    name: fields.name,
    description: fields.description,
    seed: fields.seed,
    max_bad_rows: fields.max_bad_rows,
    sources: checkedSources.flatMap(({ entry, options }) =>
      entry.definition === null ? [] : [{ definition: entry.definition, options, at: entry.at }],
    ),
    steps: checkedSteps.map(({ entry, options }) => ({
      name: entry.name,
      definition: entry.definition,
      options,
      user: typeof entry.user === "function" ? (entry.user as UserMap) : null,
      at: entry.at,
    })),
    outputs: checkedOutputs.flatMap(({ entry, options }) =>
      entry.definition === null ? [] : [{ definition: entry.definition, options, at: entry.at }],
    ),
    file,
    folder,
    resolved: {
      ...fields,
      sources: checkedSources.map(shown),
      steps: checkedSteps.map(shown),
      outputs: checkedOutputs.map(shown),
    },
  };
}

function readRoot(input: RecipeInput, cwd: string, start: Position, problems: Problems): MapTree {
  let tree: Tree | null;
  if (input.object !== undefined) {
    tree = readObject(input.object, { ...start, line: null, column: null }, problems);
    if (tree.kind === "map") snakeRoot(tree);
  } else {
    tree = readYaml(input.text ?? readFile(input.path ?? "", cwd, start, problems), start.file, problems);
  }
  problems.raise();
  if (tree?.kind === "map") return tree;
  const example = "example:\nsources:\n  - csv: in.csv\nsteps:\n  - dedupe\noutputs:\n  - dataset";
  problems.add(
    "GM_RECIPE_WRONG_TYPE",
    start,
    tree === null ? "the recipe is empty" : "a recipe must be a map",
    example,
  );
  problems.raise();
  return { kind: "map", at: start, entries: new Map() };
}

function readFile(path: string, cwd: string, start: Position, problems: Problems): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(resolve(cwd, path)));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why =
      code === "ENOENT"
        ? "there is no such recipe"
        : code === "EISDIR"
          ? "is a folder, not a recipe"
          : code.startsWith("E") && code !== "ERR_ENCODING_INVALID_ENCODED_DATA"
            ? `cannot be read (${code})`
            : "is not UTF-8 text";
    problems.add("GM_RECIPE_UNREADABLE", { ...start, line: null, column: null }, why);
    problems.raise();
    return "";
  }
}

function snakeRoot(root: MapTree): void {
  for (const [key, entry] of [...root.entries]) {
    const name = toSnakeCase(key);
    if (name !== key && RECIPE_KEYS.includes(name) && !root.entries.has(name)) {
      root.entries.delete(key);
      root.entries.set(name, entry);
    }
  }
}

function checkKey(key: string, root: MapTree, problems: Problems): void {
  if (RECIPE_KEYS.includes(key)) return;
  const at = root.entries.get(key)?.at ?? root.at;
  const near = nearest(key, RECIPE_KEYS);
  problems.add(
    "GM_RECIPE_UNKNOWN_KEY",
    at,
    `unknown key "${key}"${near === null ? "" : `; did you mean "${near}"?`}`,
    `keys of a recipe: ${RECIPE_KEYS.join(", ")}`,
  );
}

function makeUnique(list: Entry<Declared>[]): void {
  const seen = new Map<string, number>();
  for (const entry of list) {
    const n = (seen.get(entry.name) ?? 0) + 1;
    seen.set(entry.name, n);
    if (n > 1) entry.name = `${entry.name}_${n}`;
  }
}

function checkEntry<D extends Declared>(
  entry: Entry<D>,
  compat: boolean,
  paths: (definition: D) => readonly string[],
  base: { folder: string; cwd: string },
  problems: Problems,
): Checked<D> | null {
  const { definition } = entry;
  if (definition === null) return { entry, given: {}, options: {} };
  if (compat && "compat" in definition.options.shape && !entry.options.entries.has("compat")) {
    const at = entry.at;
    const node = { kind: "scalar", at, value: true, raw: null, outside: false, secret: false, literal: true } as const;
    entry.options.entries.set("compat", { at, node });
  }
  const given = validate(entry, definition.options, problems);
  if (given === null) return null;
  const options = { ...given };
  for (const key of paths(definition)) options[key] = absolute(given[key], entry.options.entries.get(key)?.node, base);
  return { entry, given, options };
}

/** Relative paths start at the recipe, those from variables and overrides at the working folder. */
function absolute(value: unknown, node: Tree | undefined, base: { folder: string; cwd: string }): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) => absolute(item, node?.kind === "list" ? node.items[i] : node, base));
  }
  if (
    typeof value !== "string" ||
    BUILT_IN_COUNTERS.has(value) ||
    /[\t\n]/.test(value) || // the content of a file in its place
    isAbsolute(value) ||
    /^[a-z][a-z0-9+.-]+:\/\//i.test(value)
  ) {
    return value;
  }
  return resolve(node?.kind === "scalar" && node.outside ? base.cwd : base.folder, value);
}

/** An address with user and password in front of the host. */
const PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^@/\s]*:[^@\s]+@/i;

function shown({ entry, given }: Checked<Declared>): Record<string, unknown> {
  const options = structuredClone(given);
  for (const { node, path } of scalars(entry.options)) {
    // A password may stand in an address as such.
    if (node.secret || (typeof node.value === "string" && PASSWORD.test(node.value))) hide(options, path);
  }
  return { [entry.definition?.name ?? "user"]: entry.definition === null ? entry.name : options };
}

function hide(options: Record<string, unknown>, path: readonly string[]): void {
  const [key = "", ...rest] = path;
  const below = options[key];
  if (rest.length > 0 && typeof below === "object" && below !== null) hide(below as Record<string, unknown>, rest);
  else options[key] = "***";
}
