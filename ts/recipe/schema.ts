import { z } from "zod";
import { OUTPUTS } from "../outputs/index.ts";
import { SOURCES } from "../sources/index.ts";
import { STEPS } from "../steps/index.ts";
import type { Declared } from "./entries.ts";
import { fields } from "./root.ts";

type Json = Record<string, unknown>;

/** JSON Schema (draft-07, the newest that YAML editors read) of a recipe, for completion and checks while typing. */
export function recipeSchema(): Json {
  const own = toSchema(fields).properties as Json;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "gristmill recipe",
    type: "object",
    additionalProperties: false,
    required: ["sources", "outputs"],
    properties: {
      ...own,
      vars: {
        description:
          "Variables, used as dollar sign and name in braces, and their defaults; `--var name=value` and the environment win",
        default: {},
        type: "object",
        additionalProperties: { type: ["string", "number", "boolean", "null"] },
      },
      sources: list("Where the rows come from", SOURCES),
      steps: list("What is done to them, in order", STEPS),
      outputs: list("What is written", OUTPUTS),
    },
  };
}

function list(description: string, registry: readonly (Declared & { summary: string })[]): Json {
  const bare = registry.map(({ name, summary }) => ({ const: name, description: summary }));
  const withOptions = registry.map((definition) => {
    const options = toSchema(definition.options);
    const shorthand = definition.shorthand;
    const one = shorthand === undefined ? [] : [(options.properties as Record<string, Json>)[shorthand] ?? {}];
    return {
      type: "object",
      additionalProperties: false,
      required: [definition.name],
      description: definition.summary,
      properties: {
        [definition.name]: {
          description: definition.summary,
          default: {},
          anyOf: [options, ...one, VARIABLE, { type: "null" }],
        },
      },
    };
  });
  return { description, default: [], type: "array", items: { anyOf: [...bare, ...withOptions] } };
}

/** A value that is known only when the recipe is read. */
const VARIABLE = { type: "string", pattern: "\\$\\{" };

function toSchema(schema: z.ZodObject): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: (node) => {
      allowOne(node);
      allowVariables(node);
    },
  }) as Json;
  return rest;
}

interface Node {
  zodSchema: z.core.$ZodType;
  jsonSchema: Json;
}

/** A list that is converted from one value may be given as that value. */
function allowOne({ zodSchema, jsonSchema }: Node): void {
  if (!(zodSchema instanceof z.ZodPipe && zodSchema.def.in instanceof z.ZodTransform)) return;
  if (jsonSchema.type !== "array") return;
  const { description, ...list } = jsonSchema;
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  if (description !== undefined) jsonSchema.description = description;
  jsonSchema.anyOf = [list.items, list];
}

/** Numbers and choices may be given by a variable; texts are texts anyway. */
function allowVariables({ zodSchema, jsonSchema }: Node): void {
  // zod leaves out defaults of values that it converts first, e.g. one word for a list of one.
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
  const { type, enum: choices, description, default: fallback } = jsonSchema;
  if (type !== "number" && type !== "integer" && type !== "boolean" && choices === undefined) return;
  const inner = { ...jsonSchema };
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  delete inner.description;
  delete inner.default;
  if (description !== undefined) jsonSchema.description = description;
  if (fallback !== undefined) jsonSchema.default = fallback;
  jsonSchema.anyOf = [inner, VARIABLE];
}
