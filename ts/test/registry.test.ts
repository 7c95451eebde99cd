import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { native } from "../native/index.ts";
import { loadRecipe } from "../recipe/index.ts";
import { STEPS, type StepPart } from "../steps/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const addon = existsSync(`${root}bindings/index.js`);

/** Steps as their first example writes them. */
const examples = STEPS.map((step) => {
  const text = `sources:\n  - csv: in.csv\nsteps:\n  ${step.examples[0]?.recipe ?? ""}\noutputs:\n  - dataset\n`;
  const options = loadRecipe({ text }).steps[0]?.options ?? {};
  // Paths of the examples do not exist; built-in counters need none.
  const file = `${root}fixtures/steps/encode-bpe/tokenizer.json`;
  if ("tokenizer" in options) options.tokenizer = ["encode", "decode"].includes(step.name) ? file : "words";
  if ("tokenizers" in options) options.tokenizers = [file];
  if ("benchmarks" in options) options.benchmarks = [`${root}fixtures/steps/decontaminate-drop/benchmark.jsonl`];
  return { name: step.name, step, parts: step.parts(options, { seed: 1, partitions: 4, columns: ["text"] }) };
});

function natives(
  part: StepPart,
): { shape: "map" | "key" | "group" | "fold"; kind: string; options: Record<string, unknown> }[] {
  if (part.shape === "select") return [{ shape: "key", ...part.keys }];
  if (part.shape === "group") return part.native === null ? [] : [{ shape: "group", ...part.native }];
  return "native" in part ? [{ shape: part.shape, ...part.native }] : [];
}

describe("every step", () => {
  it.each(examples)("$name is described", ({ step }) => {
    expect(step.summary).toMatch(/^[A-Z].*[^.]$/);
    for (const [name, option] of Object.entries(step.options.shape)) expect(option.description, name).toBeTruthy();
    expect(step.details.length).toBeGreaterThan(40);
  });

  it("has a fixture", () => {
    const folders = readdirSync(`${root}fixtures/steps`);
    expect(STEPS.filter(({ name }) => !folders.some((f) => f.startsWith(`${name}-`))).map(({ name }) => name)).toEqual(
      [],
    );
  });

  it.skipIf(!addon).each(examples)("$name agrees with the addon on its options", ({ parts }) => {
    for (const { shape, kind, options } of parts.flatMap(natives)) {
      native.checkOptions(shape, kind, options);
      expect(() => native.checkOptions(shape, kind, { ...options, no_such_option: 1 })).toThrow();
    }
  });

  it.each(examples)("$name refuses an unknown option", ({ step }) => {
    expect(step.options.safeParse({ no_such_option: 1 }).success).toBe(false);
  });
});
