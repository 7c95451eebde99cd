import { z } from "zod";
import { OUTPUTS } from "../outputs/index.ts";
import { SOURCES } from "../sources/index.ts";
import { STEPS } from "../steps/index.ts";

interface Page {
  name: string;
  aliases: string[];
  summary: string;
  details: string;
  options: z.ZodObject;
  shorthand?: string;
  examples: { recipe: string; command?: string }[];
}

/** All pages of the manual by file name. */
export function manualPages(): Map<string, string> {
  const pages = new Map<string, string>();
  const index = ["# Reference", "", "Made from the declarations in `ts/`; do not edit."];
  const kinds: [title: string, prefix: string, registry: readonly Page[]][] = [
    ["Sources", "source-", SOURCES],
    ["Steps", "", STEPS],
    ["Outputs", "output-", OUTPUTS],
  ];
  for (const [title, prefix, registry] of kinds) {
    index.push("", `## ${title}`, "", "| name | what it does |", "|---|---|");
    for (const page of registry) {
      const file = `${prefix}${page.name}.md`;
      pages.set(file, render(page));
      index.push(`| [${page.name}](${file}) | ${cell(page.summary)} |`);
    }
  }
  pages.set("README.md", `${index.join("\n")}\n`);
  return pages;
}

function render(page: Page): string {
  const lines = [`# ${page.name}`, "", `${page.summary}.`, "", page.details.trim(), ""];
  if (page.aliases.length > 0) lines.push(`Also called ${page.aliases.map((alias) => `\`${alias}\``).join(", ")}.`, "");
  if (page.shorthand !== undefined) lines.push(`\`- ${page.name}: value\` sets \`${page.shorthand}\`.`, "");
  lines.push("## Options", "", "| option | type | default | |", "|---|---|---|---|");
  const schema = z.toJSONSchema(page.options, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: withDefault,
  });
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property === "boolean") continue;
    const fallback =
      "default" in property
        ? `\`${JSON.stringify(property.default)}\``
        : (schema.required ?? []).includes(name)
          ? "needed"
          : "";
    lines.push(
      `| \`${name}\` | ${cell(typeName(property))} | ${cell(fallback)} | ${cell(property.description ?? "")} |`,
    );
  }
  lines.push("", "## Examples", "");
  for (const { recipe, command } of page.examples) {
    lines.push("```yaml", recipe, "```", "");
    if (command !== undefined) lines.push("```sh", command, "```", "");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/** zod leaves out defaults of values that it converts first, e.g. one word for a list of one. */
function withDefault({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: Schema }): void {
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue as Schema["default"];
}

type Schema = z.core.JSONSchema.JSONSchema;

function typeName(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  const inner = schema.anyOf ?? schema.allOf;
  if (inner !== undefined)
    return [...new Set(inner.map((part) => (typeof part === "boolean" ? "any" : typeName(part))))].join(" or ");
  if (schema.type === "array") {
    const { items } = schema;
    return `list of ${typeof items === "object" && !Array.isArray(items) ? typeName(items) : "anything"}`;
  }
  const words: Readonly<Record<string, string>> = {
    string: "text",
    integer: "whole number",
    object: "map",
    boolean: "true or false",
  };
  const type = typeof schema.type === "string" ? schema.type : "any";
  return words[type] ?? type;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
