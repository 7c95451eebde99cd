import { z } from "zod";
import { column, compat, tokenizer } from "./common.ts";
import { defineStep, type StepPart } from "./step.ts";

/** The columns it writes, in their order. */
const written = ["tokens", "turns", "assistant_turns", "characters", "words"];

/** Adds counts of tokens, turns, characters and words. */
export const addStats = defineStep({
  name: "add_stats",
  aliases: ["stats"],
  summary: "Add tokens, turns, assistant_turns, characters and words of a dialogue",
  details: `Characters are Unicode code points, words are separated by white space, turns are user and assistant start tags; the ChatML
tags count as text. The columns come right after the text; the other columns go on behind them, or are left out with
\`others: drop\` as in the replaced tool. With \`compat: true\` an \`assistant_turns\` that is there already stays as it is.`,
  shape: "map",
  options: z.strictObject({
    tokenizer,
    column,
    others: z.enum(["keep", "drop"]).default("keep").describe("What becomes of the other columns"),
    compat,
  }),
  shorthand: "tokenizer",
  needs: ({ column }) => [column],
  adds: () => [...written],
  removes: ({ column, others }, columns) =>
    others === "drop" ? columns.filter((name) => name !== column && !written.includes(name)) : [],
  examples: [
    {
      recipe: "- add_stats: { tokenizer: ./tokenizer.json }",
      command: "gristmill add_stats in.csv -o out.csv --tokenizer tokenizer.json",
    },
  ],
  files: ["tokenizer"],
  parts: ({ tokenizer, column, others, compat }, { columns }) => [
    { shape: "map", native: { kind: "count_tokens", options: { tokenizer, column, into: "tokens", special: false } } },
    { shape: "map", native: { kind: "add_stats", options: counts(column, compat, columns) } },
    // Where the columns are not known the new ones stay at the end, unless the others go anyway.
    ...(columns === null && others === "keep"
      ? []
      : [ordered([column, ...written], others === "keep" ? columns : null)]),
  ],
});

/** The replaced tool copies the column instead of counting, and so keeps what a shuffle of columns made wrong. */
function counts(column: string, compat: boolean, columns: readonly string[] | null): Record<string, unknown> {
  const copied = compat && columns?.includes("assistant_turns") === true;
  return copied ? { column, columns: ["turns", "characters", "words"] } : { column };
}

function ordered(first: string[], others: readonly string[] | null): StepPart {
  return {
    shape: "map",
    native: { kind: "select_columns", options: { keep: [...new Set([...first, ...(others ?? [])])] } },
  };
}
