import { z } from "zod";
import { yaml } from "../recipe/yaml.ts";
import type { StepDefinition } from "../steps/step.ts";
import type { CommandOption } from "./command.ts";
import { usage } from "./fail.ts";
import type { DottedOption } from "./words.ts";

/** The part of JSON Schema that options of steps use. */
interface Schema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
}

/** The properties of a step's options, by their `snake_case` names. */
export function propertiesOf(definition: StepDefinition): { properties: Record<string, Schema>; required: string[] } {
  const schema = z.toJSONSchema(definition.options, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
  }) as Schema;
  return { properties: schema.properties ?? {}, required: schema.required ?? [] };
}

/** The command options that stand for a step's options. */
export function optionsOf(definition: StepDefinition): Record<string, CommandOption> {
  const { properties, required } = propertiesOf(definition);
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name.replaceAll("_", "-"),
      option(schema, required.includes(name)),
    ]),
  );
}

function option(schema: Schema, needed: boolean): CommandOption {
  const form = formOf(schema);
  const forms: Record<Form, string> = {
    text: "",
    number: "",
    flag: "",
    list: " (several: with commas, or the option repeated)",
    nested: " (JSON or YAML, or single keys with dots)",
    mixed: "",
  };
  const choices = form === "text" ? choicesOf(schema) : form === "list" ? [] : [];
  return {
    type: form === "number" ? "number" : form === "flag" ? "flag" : "text",
    describe: `${schema.description ?? ""}${forms[form]}${needed ? " (needed)" : ""}`,
    ...(form === "list" ? { many: true } : {}),
    ...(choices.length > 0 ? { choices } : {}),
    ...(schema.default === undefined ? {} : { default: shown(schema.default) }),
  };
}

type Form = "text" | "number" | "flag" | "list" | "nested" | "mixed";

function formOf(schema: Schema): Form {
  if (choicesOf(schema).length > 0) return "text";
  switch (schema.type) {
    case "string":
      return "text";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "flag";
    case "array":
      return "list";
    case "object":
      return "nested";
    default: {
      const forms = (schema.anyOf ?? []).filter((part) => part.type !== "null").map(formOf);
      if (forms.length === 1) return forms[0] ?? "mixed";
      return forms.includes("list") && !forms.includes("nested")
        ? "list"
        : forms.includes("nested")
          ? "nested"
          : "mixed";
    }
  }
}

function choicesOf(schema: Schema): string[] {
  return (schema.enum ?? []).every((value) => typeof value === "string") ? ((schema.enum ?? []) as string[]) : [];
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The step's options from what the command line gave, `snake_case`; the recipe's validation judges them later. */
export function valuesOf(
  definition: StepDefinition,
  value: (name: string) => unknown,
  dotted: readonly DottedOption[],
): Record<string, unknown> {
  const { properties } = propertiesOf(definition);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const given = value(name.replaceAll("_", "-"));
    if (given !== undefined) values[name] = read(name, schema, given);
  }
  for (const { name, path, value: text } of dotted) {
    const key = name.replaceAll("-", "_");
    if (properties[key] === undefined) throw usage(`unknown option --${name}`, `gristmill ${definition.name} --help`);
    setPath(values, [key, ...path], scalar(`--${name}.${path.join(".")}`, text));
  }
  return values;
}

function read(name: string, schema: Schema, given: unknown): unknown {
  const form = formOf(schema);
  const flag = `--${name.replaceAll("_", "-")}`;
  if (form === "list")
    return (Array.isArray(given) ? given : [given]).flatMap((item) => items(flag, String(item), textsOnly(schema)));
  if (form === "nested" || form === "mixed") return scalar(flag, String(given));
  return given;
}

/** `a,b` is two items; a value that opens like JSON is read as JSON. */
function items(flag: string, text: string, texts: boolean): unknown[] {
  if (text.trimStart().startsWith("[")) {
    const list = scalar(flag, text);
    if (Array.isArray(list)) return list;
  }
  return text.split(",").map((part) => (texts ? part.trim() : scalar(flag, part.trim())));
}

/** Whether the items of a list can be nothing but texts, so that `@here` and `007` stay what they are. */
function textsOnly(schema: Schema): boolean {
  const lists = [schema, ...(schema.anyOf ?? [])].filter((part) => part.type === "array");
  return lists.length > 0 && lists.every((list) => list.items?.type === "string");
}

function scalar(flag: string, text: string): unknown {
  try {
    return yaml().parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw usage(`${flag} ${text}: ${error instanceof Error ? error.message.split("\n")[0] : "cannot be read"}`);
  }
}

/** Sets a nested value; keys that would reach into JavaScript's own objects are refused. */
function setPath(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (key === "__proto__" || key === "constructor" || key === "prototype")
    throw usage(`--${path.join(".")}: no such key`);
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const next = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  target[key] = next;
  setPath(next as Record<string, unknown>, rest, value);
}
