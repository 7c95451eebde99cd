import { z } from "zod";
import { column, tokenizer } from "./common.ts";
import { defineStep, type StepPart } from "./step.ts";

/** Sorts by token count and keeps as many rows as wanted. */
export const resample = defineStep({
  name: "resample",
  aliases: [],
  summary: "Sort by token count, longest first, and keep a target size or a quota per length",
  details: `Counts tokens (special ones around the text included) into \`tokens\`, right behind the text. Rows of equal counts come in the
order of hash(seed, id); whole rows move, so all columns stay together. With nothing else set every row stays.

\`target\` and \`token_budget\` end the selection at so many rows or tokens. \`bucket\` cuts the counts into ranges:
\`[64, 256]\` makes below 64, 64 to 255, and 256 or more; \`quota\` says how many rows each keeps, one number for all or a list.
\`pick: random\` takes rows at random instead of the longest first; the result is sorted by tokens either way.`,
  shape: "group",
  options: z.strictObject({
    tokenizer,
    target: z.int().min(0).nullable().default(null).describe("Rows that stay at most"),
    token_budget: z.int().min(0).nullable().default(null).describe("Tokens that stay at most, all rows together"),
    bucket: z
      .array(z.int().min(1))
      .refine((edges) => edges.every((edge, at) => at === 0 || edge > (edges[at - 1] ?? 0)), "edges must ascend")
      .default([])
      .describe("Token counts at which a new bucket begins"),
    quota: z
      .union([z.int().min(0), z.array(z.int().min(0))])
      .nullable()
      .default(null)
      .describe("Rows that stay at most in each bucket: one number, or one more number than `bucket` has edges"),
    pick: z.enum(["longest", "random"]).default("longest").describe("Which rows are taken first"),
    seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
    column,
  }),
  shorthand: "target",
  needs: ({ column }) => [column],
  adds: () => ["tokens"],
  examples: [
    {
      recipe: "- resample: { tokenizer: ./tokenizer.json, bucket: [64, 256], quota: [1000, 1000, 500] }",
      command: "gristmill resample done.csv -o sampled.csv --tokenizer tokenizer.json --target 100000",
    },
  ],
  files: ["tokenizer"],
  parts: (options, { partitions, columns, seed }) => {
    const { tokenizer, column, bucket, pick } = options;
    return [
      {
        shape: "map",
        native: { kind: "count_tokens", options: { tokenizer, column, into: "tokens", special: true } },
      },
      {
        shape: "map",
        native: { kind: "resample_score", options: { column: "tokens", seed: options.seed ?? seed } },
      },
      // Before the selection, so that both are taken from one pass over the rows; cuts only spread the work.
      {
        shape: "fold",
        name: "cuts",
        native: { kind: "range_cuts", options: { column: "__score", descending: true, partitions } },
      },
      ...selection(options, { random: pick === "random", edges: bucket }),
      {
        shape: "group",
        route: { by: { kind: "range", column: "__score", descending: true, cuts: "cuts" }, order: null },
        native: null,
      },
      ...(columns === null ? [] : [inOrder([column, "tokens", ...columns])]),
    ];
  },
});

interface Limits {
  target: number | null;
  token_budget: number | null;
  bucket: number[];
  quota: number | number[] | null;
}

function selection({ target, token_budget, bucket, quota }: Limits, order: Record<string, unknown>): StepPart[] {
  if (target === null && token_budget === null && quota === null) return [];
  // The command line gives a list even of one.
  const same = typeof quota === "number" ? [quota] : quota;
  const quotas = same?.length === 1 ? Array.from({ length: bucket.length + 1 }, () => same[0] ?? 0) : same;
  return [
    {
      shape: "select",
      keys: { kind: "resample_order", options: { ...order, quotas } },
      decide: { kind: "in_order", rows: target, payload: token_budget, quotas },
      reasons: ["over_target", "over_quota"],
    },
  ];
}

function inOrder(keep: string[]): StepPart {
  return { shape: "map", native: { kind: "select_columns", options: { keep: [...new Set(keep)] } } };
}
