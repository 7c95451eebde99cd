import { z } from "zod";
import type { Declared, Entry } from "./entries.ts";
import { toSnakeCase } from "./names.ts";
import { nearest } from "./nearest.ts";
import type { Problems } from "./problem.ts";
import { locate, type MapTree, type ScalarTree, scalars, type Tree, toValue } from "./tree.ts";
import { readScalar } from "./variables.ts";
import { bare, objectAt } from "./zod-shape.ts";

/** Checks the options of an entry and fills in defaults; `null` when there were problems. */
export function validate(
  entry: Entry<Declared>,
  schema: z.ZodObject,
  problems: Problems,
): Record<string, unknown> | null {
  let outcome = schema.safeParse(toValue(entry.options));
  // A variable or an override is text that may have been meant as number or the other way round: take what fits.
  if (!outcome.success && flip(entry.options, outcome.error.issues)) outcome = schema.safeParse(toValue(entry.options));
  if (outcome.success) return outcome.data;
  for (const issue of outcome.error.issues) tell(issue, entry, schema, problems);
  return null;
}

function flip(options: MapTree, issues: readonly z.core.$ZodIssue[]): boolean {
  const wrong = issues.map((issue) => issue.path.map(String).join("."));
  let flipped = false;
  for (const { node, path } of scalars(options)) {
    const here = path.join(".");
    if (!wrong.some((p) => p === here || p.startsWith(`${here}.`))) continue;
    const other = otherReading(node);
    if (other === undefined) continue;
    node.value = other;
    flipped = true;
  }
  return flipped;
}

function otherReading(node: ScalarTree): unknown {
  // Only numbers, booleans and null have a text that says the same; `raw` is set when the text is known.
  if (typeof node.value !== "string") return node.outside && node.raw !== null ? node.raw : undefined;
  const read = node.outside ? readScalar(node.value) : node.value;
  return read === node.value ? undefined : read;
}

function tell(issue: z.core.$ZodIssue, entry: Entry<Declared>, schema: z.ZodObject, problems: Problems): void {
  const name = entry.name;
  const { node, at } = locate(entry.options, issue.path);
  const example = entry.definition?.examples[0]?.recipe;
  const hint = example === undefined ? undefined : `example:\n${example}`;
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      const keyAt = node.kind === "map" ? (node.entries.get(key)?.at ?? at) : at;
      const known = Object.keys(objectAt(schema, issue.path)?.shape ?? {});
      const near = nearest(key, known);
      problems.add(
        "GM_RECIPE_UNKNOWN_KEY",
        keyAt,
        `unknown option "${[...issue.path.map(String), key].join(".")}" of ${name}${near === null ? "" : `; did you mean "${near}"?`}`,
        `options: ${known.join(", ") || "none"}${hint === undefined ? "" : `\n${hint}`}`,
      );
    }
    return;
  }
  const option = issue.path.map(String).join(".");
  const subject = option === "" ? name : `${option} of ${name}`;
  const missing = issue.code === "invalid_type" && issue.path.length > 0 && absent(entry.options, issue.path);
  if (missing) {
    problems.add("GM_RECIPE_MISSING_OPTION", entry.at, `${subject} is needed`, hint);
    return;
  }
  const got =
    node.kind === "scalar" && node.value !== null && typeof node.value !== "object" ? ` (here: ${shown(node)})` : "";
  problems.add("GM_RECIPE_BAD_OPTION", at, `${subject}: ${plainWords(issue, node)}${got}`, hint);
}

function absent(tree: Tree, path: readonly PropertyKey[]): boolean {
  let node: Tree | undefined = tree;
  for (const step of path) {
    if (node?.kind === "map") node = node.entries.get(String(step))?.node;
    else if (node?.kind === "list") node = node.items[Number(step)];
    else return node === undefined;
  }
  return node === undefined;
}

function shown(node: ScalarTree): string {
  if (node.secret) return "***";
  const text = typeof node.value === "string" ? JSON.stringify(node.value) : String(node.value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function plainWords(issue: z.core.$ZodIssue, node: Tree): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${issue.expected === "int" ? "a whole number" : article(issue.expected)}`;
    case "invalid_value": {
      const values = issue.values.map(String);
      const near = node.kind === "scalar" && typeof node.value === "string" ? nearest(node.value, values) : null;
      return `must be one of ${values.join(", ")}${near === null ? "" : `; did you mean "${near}"?`}`;
    }
    case "too_small":
      return `must be at least ${String(issue.minimum)}${issue.origin === "number" || issue.origin === "int" ? "" : " long"}`;
    case "too_big":
      return `must be at most ${String(issue.maximum)}${issue.origin === "number" || issue.origin === "int" ? "" : " long"}`;
    case "invalid_union":
      return unionWords(issue);
    default:
      return issue.message;
  }
}

function unionWords(issue: z.core.$ZodIssueInvalidUnion): string {
  const words = issue.errors
    .flat()
    .map((inner) =>
      inner.code === "unrecognized_keys"
        ? `unknown key ${inner.keys.join(", ")}`
        : inner.code === "invalid_value"
          ? `one of ${inner.values.map(String).join(", ")}`
          : inner.code === "invalid_type"
            ? article(inner.expected)
            : inner.message,
    );
  return `none of these fits: ${[...new Set(words)].join("; ")}`;
}

function article(expected: string): string {
  const word =
    expected === "record" || expected === "object"
      ? "map"
      : expected === "array"
        ? "list"
        : expected === "string"
          ? "text"
          : expected;
  return word === "text" ? word : /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;
}

/** Turns `camelCase` keys of the API into those of the schema; keys of user tables are left alone. */
export function snakeOptions(tree: Tree, schema: z.core.$ZodType): void {
  const here = bare(schema);
  if (tree.kind === "list") {
    if (here instanceof z.ZodArray) for (const item of tree.items) snakeOptions(item, here.element);
    return;
  }
  if (tree.kind !== "map") return;
  const object = objectAt(here, []);
  if (object === null) {
    if (here instanceof z.ZodRecord) for (const { node } of tree.entries.values()) snakeOptions(node, here.valueType);
    return;
  }
  for (const [key, entry] of [...tree.entries]) {
    const name = Object.hasOwn(object.shape, key) ? key : toSnakeCase(key);
    const inner = object.shape[name];
    if (name !== key && inner !== undefined && !tree.entries.has(name)) {
      tree.entries.delete(key);
      tree.entries.set(name, entry);
    }
    if (inner !== undefined) snakeOptions(entry.node, inner);
  }
}
