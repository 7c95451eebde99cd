import { describe, expect, it } from "vitest";
import { z } from "zod";
import { STEPS } from "../steps/index.ts";
import { defineStep, type StepDefinition } from "../steps/step.ts";
import { optionsOf, propertiesOf, valuesOf } from "./schema-options.ts";

const step = defineStep({
  name: "sample_step",
  aliases: [],
  summary: "For this test",
  details: "",
  shape: "map",
  options: z.strictObject({
    min_turns: z.int().min(1).default(2).describe("Fewest turns"),
    action: z.enum(["drop", "redact"]).default("drop").describe("What to do"),
    strict: z.boolean().default(false).describe("Be strict"),
    by: z.array(z.string()).default(["a"]).describe("Modes"),
    rules: z.record(z.string(), z.unknown()).default({}).describe("Rules"),
    column: z.string().describe("Column"),
  }),
  needs: () => [],
  adds: () => [],
  examples: [],
  parts: () => [],
}) as unknown as StepDefinition;

describe("options from a schema", () => {
  it("have type, default, choices and description", () => {
    const options = optionsOf(step);
    expect(options["min-turns"]).toMatchObject({ type: "number", default: "2", describe: "Fewest turns" });
    expect(options.action).toMatchObject({ type: "text", default: "drop", choices: ["drop", "redact"] });
    expect(options.strict).toMatchObject({ type: "flag" });
    expect(options.by).toMatchObject({ type: "text", many: true, default: '["a"]' });
    expect(options.column?.describe).toBe("Column (needed)");
  });

  it("become values that the step's own schema accepts", () => {
    const words: Record<string, unknown> = {
      "min-turns": 3,
      by: ["a,b", '["c,d"]'],
      column: "x",
      rules: "{links: off}",
    };
    const values = valuesOf(step, (name) => words[name], [
      { name: "rules", path: ["long_dash", "action"], value: "drop" },
      { name: "rules", path: ["code"], value: "true" },
    ]);
    expect(values).toEqual({
      min_turns: 3,
      by: ["a", "b", "c,d"],
      column: "x",
      rules: { links: "off", long_dash: { action: "drop" }, code: true },
    });
    expect(step.options.safeParse(values).success).toBe(true);
  });

  it("refuse unknown dotted names and keys of JavaScript's own objects", () => {
    const none = (): undefined => undefined;
    expect(() => valuesOf(step, none, [{ name: "nope", path: ["a"], value: "1" }])).toThrow(/unknown option --nope/);
    expect(() => valuesOf(step, none, [{ name: "rules", path: ["__proto__", "a"], value: "1" }])).toThrow(
      /no such key/,
    );
  });

  it.each(STEPS.map((definition) => [definition.name, definition] as const))(
    "of %s are all described",
    (_name, definition) => {
      const options = optionsOf(definition);
      expect(Object.keys(options)).toHaveLength(Object.keys(propertiesOf(definition).properties).length);
      for (const option of Object.values(options)) expect(option.describe.trim()).not.toBe("");
    },
  );
});
