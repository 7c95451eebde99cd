import { z } from "zod";
import { defineStep } from "./step.ts";

/** Names that stand for all values without a weight of their own. */
const OTHERS: readonly string[] = ["other", "rest"];
/** More cells than anybody weighs by hand, and few enough to fit in a moment. */
const MOST_CELLS = 100_000;

const share = z.record(z.string(), z.number().min(0)).refine((values) => Object.values(values).some((one) => one > 0), {
  error: "gives no value a weight above 0, so nothing would be left",
});

const limit = z.record(z.string(), z.int().min(0));

const byColumn = (values: typeof share | typeof limit, what: string) =>
  z
    .record(z.string().min(1), values)
    .refine((columns) => Object.keys(columns).length > 0, { error: "names no column" })
    .refine((columns) => Object.values(columns).every((values) => !OTHERS.every((name) => name in values)), {
      error: "has `other` and `rest` for one column; they are the same",
    })
    .refine((columns) => cellsOf(columns) <= MOST_CELLS, {
      error: `makes more than ${MOST_CELLS} combinations of values; give weights to fewer values or columns`,
    })
    .nullable()
    .default(null)
    .describe(what);

type Weights = Record<string, Record<string, number>>;

function cellsOf(weights: Weights): number {
  return columnsOf(weights).reduce((cells, { values }) => cells * (values.length + 1), 1);
}

/** Columns with their values in order, and the weights of these and of all other values last; `absent` where none is said. */
function columnsOf(weights: Weights, absent = 0): { column: string; values: string[]; weights: number[] }[] {
  return Object.entries(weights).map(([column, weights]) => {
    const values = Object.keys(weights).filter((value) => !OTHERS.includes(value));
    const rest = weights[OTHERS.find((name) => name in weights) ?? ""] ?? absent;
    return { column, values, weights: [...values.map((value) => weights[value] ?? absent), rest] };
  });
}

/** Mixes rows to wanted shares. */
export const mix = defineStep({
  name: "mix",
  aliases: [],
  summary: "Mix rows to wanted shares of languages, sources or other kinds, within a budget",
  details: `\`weights\` says for one or several columns which share each of their values should have, in any unit:
\`source: { wiki: 3, code: 1 }\` makes three quarters and a quarter. Several columns hold together: shares of languages and of tiers are
both met, by iterative proportional fitting over all combinations of their values, which stays as near to the material as it can. Values without a
weight of their own have that of \`other\` (or \`rest\`); without one, or with a weight of 0, their rows are dropped (\`no_weight\`).
The column \`source\` holds what a source has as its \`label\`.

Shares are counted in what \`measure\` says, and so is \`budget\`. Without a budget the mix is as large as the shares allow.
Rows are taken in the order of hash(seed, id) until their combination has its share; the others are dropped (\`over_quota\`). The
result is off the budget by less than one row. A larger budget contains the smaller one, as long as no share changes.

A combination that is short of material is given again, up to \`max_epochs\` times in all; a copy of row \`a\` has the id \`a~2\` and
stands behind it. What is lacking even then comes from other combinations: of the same values of the first column if they can, else
of others in proportion to their weights. The first column is met before the second where they contradict each other.

\`epochs\` instead of \`weights\` says how often the rows of each value are given: \`source: { wiki: 2, code: 0.5 }\`.

\`quotas\` says how much of a value there may be at most: \`language: { python: 1000000 }\` keeps a million tokens of it, chosen by the same
hash, and all of the other values; \`other\` is a limit for all of these together. With several columns every limit holds: where a value has
more, all its combinations give the same share. No limit is passed; each combination may fall short by less than one row. To set
quotas and shares, put one \`mix\` behind the other.

What was wanted and what was achieved stands in \`reports/mix-report.json\`, in \`findings\` of \`manifest.json\`, and is printed at
the end; shares that are off by more than two points are a warning. Rows keep their order: put \`shuffle\` behind, and a split into
train and test before.`,
  shape: "select",
  options: z
    .strictObject({
      weights: byColumn(share, "Weights by column and value, e.g. `{ language: { python: 30, go: 10, other: 5 } }`"),
      epochs: byColumn(
        share,
        "How often rows are given, by column and value; several columns multiply; instead of weights",
      ),
      quotas: byColumn(
        limit,
        "How much is given at most, by column and value, in what is measured; instead of weights",
      ),
      measure: z
        .string()
        .min(1)
        .default("bytes")
        .describe(
          "What shares are counted in: `rows`, `bytes` of the text, or a column of whole numbers such as `tokens`",
        ),
      budget: z
        .int()
        .min(1)
        .nullable()
        .default(null)
        .describe("Rows, bytes or tokens of the mix; when absent as much as the shares allow"),
      max_epochs: z.number().min(1).max(100).default(1).describe("How often a row may be given at most; 1: no copies"),
      text: z.string().min(1).default("text").describe("Column whose bytes are counted"),
      seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
    })
    .refine(({ weights, epochs, quotas }) => [weights, epochs, quotas].filter((one) => one !== null).length === 1, {
      path: ["weights"],
      error: "or `epochs` or `quotas` must be given, and only one of them",
    })
    .refine(({ weights, budget }) => weights !== null || budget === null, {
      path: ["budget"],
      error: "goes with `weights`; epochs and quotas say by themselves how much there will be",
    })
    .refine(
      ({ epochs }) =>
        epochs === null || columnsOf(epochs).reduce((times, { weights }) => times * Math.max(...weights), 1) <= 100,
      { path: ["epochs"], error: "gives rows more than 100 times" },
    ),
  needs: ({ weights, epochs, quotas, measure, text }) => [
    ...new Set([
      ...Object.keys(weights ?? epochs ?? quotas ?? {}),
      ...(measure === "rows" ? [] : [measure === "bytes" ? text : measure]),
    ]),
  ],
  adds: () => [],
  examples: [
    {
      recipe:
        "- mix: { weights: { language: { python: 60, go: 30, other: 10 }, tier: { 1: 50, 2: 50 } }, measure: tokens, budget: 1000000, max_epochs: 4 }",
      command: "gristmill mix docs.jsonl -o mixed.jsonl --weights.source.wiki 3 --weights.source.web 1 --budget 100000",
    },
    {
      recipe: "- mix: { quotas: { license: { gpl-3.0: 0 }, source: { web: 5000000 } }, measure: tokens }",
      command: "gristmill mix docs.jsonl -o capped.jsonl --quotas.source.web 100000 --measure tokens",
    },
  ],
  parts: ({ weights, epochs, quotas, measure, budget, max_epochs, text, seed }, context) => {
    const columns = quotas === null ? columnsOf(weights ?? epochs ?? {}) : columnsOf(quotas, Number.MAX_SAFE_INTEGER);
    const by = quotas !== null ? "quotas" : epochs !== null ? "epochs" : "weights";
    const of =
      measure === "rows"
        ? { rows: {} }
        : measure === "bytes"
          ? { bytes: { column: text } }
          : { number: { column: measure } };
    return [
      {
        shape: "select",
        keys: {
          kind: "mix_cells",
          options: {
            columns: columns.map(({ column, values }) => ({ column, values })),
            measure: of,
            seed: seed ?? context.seed,
          },
        },
        decide: { kind: "mix", columns, budget, max_epochs, by, measure },
        reasons: ["over_quota", "no_weight"],
        apart: true,
      },
      { shape: "map", native: { kind: "repeat_rows", options: {} } },
    ];
  },
});
