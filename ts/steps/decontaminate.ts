import { z } from "zod";
import { column } from "./common.ts";
import { defineStep } from "./step.ts";

const RULES = ["substring", "ngram", "short"] as const;

const list = (value: unknown): unknown => (typeof value === "string" ? value.split(/\s*,\s*/) : value);
const field = (what: string) => z.string().min(1).nullable().default(null).describe(what);

/** Endings of the files in a folder that are benchmarks; what else lies there, such as a README, is not. */
const READ = ["jsonl", "ndjson", "json", "csv", "tsv", "parquet", "arrow", "arrows", "feather", "ipc", "txt", "text"];

/** Drops rows that hold pieces of benchmarks. */
export const decontaminate = defineStep({
  name: "decontaminate",
  aliases: [],
  summary: "Drop, redact or flag rows that hold pieces of benchmarks",
  details: `Compares each text with the items of benchmarks, so that a model is not tested on what it was trained on. Case is folded, runs
of white space count as one blank, and a hit is always compared word for word: no row is lost to a hash.

- \`substring\`: the row holds a docstring, a solution or another whole text of an item, of \`min_chars\` characters or more.
- \`ngram\`: the row holds \`n\` tokens in a row of what prompt and solution say together. Only runs with at least \`min_words\`
  words count, tokens of three or more letters and nothing else; digits and loop idioms are everywhere.
- \`short\`: an item of three tokens or more, but fewer than \`n\`, stands in the row with all its tokens in a row.

Benchmarks are files of any format that gristmill reads (JSONL, CSV, Parquet, text with an item a line), folders with such files, or
globs such as \`'benchmarks/**/*.parquet'\`; a path that means no file ends the build. Their columns may be named; else \`prompt\`, \`question\`, \`problem\` or \`text\` with \`canonical_solution\`, \`solution\` or \`code\` are prompt and solution, and
in files without these all columns of text count. Docstrings are what stands between triple quotes in a prompt, or all of
it. A changed benchmark file runs the step again.

The trace has for each dropped row (reason \`contaminated\`) the rule, the item as \`twin\` (file and id), the span in bytes of UTF-8 and
what stands there. \`flag\` keeps all rows and adds the column \`contamination\`, a list of \`{item, rule, start, end}\` with places in
characters (Unicode code points); \`redact\` puts \`marker\` in place of every piece. \`findings\` in \`manifest.json\` has, item by item, the
rows that were hit and examples, and which items no rule can find. See docs/decontamination.md.`,
  shape: "map",
  options: z
    .strictObject({
      benchmarks: z
        .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string().min(1)).min(1))
        .describe("Files of benchmarks, folders with such files, or globs"),
      column,
      action: z
        .enum(["drop", "redact", "flag"])
        .default("drop")
        .describe("What becomes of a row that holds a piece of a benchmark"),
      n: z.int().min(3).max(100).default(10).describe("Tokens of a run that counts"),
      min_words: z.int().min(0).max(100).default(4).describe("Words among them at least"),
      min_chars: z
        .int()
        .min(1)
        .default(40)
        .describe("Characters of a whole text that counts, runs of white space taken as one"),
      tokens: z
        .enum(["code", "words"])
        .default("code")
        .describe("Tokens are runs of `[A-Za-z0-9_]`, or of letters and digits of any script"),
      rules: z
        .preprocess(list, z.array(z.enum(RULES)).min(1))
        .default([...RULES])
        .describe("Rules that count: substring, ngram, short"),
      marker: z.string().default("<BENCHMARK>").describe("What `redact` puts in place of a piece"),
      id: field("Column of a benchmark that names an item; when absent task_id, id or the like, else the row"),
      prompt: field("Column of a benchmark with the task"),
      solution: field("Column of a benchmark with the answer"),
      docstring: field("Column of a benchmark with the docstring, where it does not stand in the prompt"),
      texts: z
        .preprocess(list, z.array(z.string().min(1)))
        .default([])
        .describe("Columns of a benchmark with other texts"),
    })
    .refine(({ n, min_words }) => min_words <= n, {
      path: ["min_words"],
      error: "a run has no more words than tokens (`n`)",
    }),
  shorthand: "benchmarks",
  needs: ({ column }) => [column],
  adds: ({ action }) => (action === "flag" ? ["contamination"] : []),
  examples: [
    {
      recipe: "- decontaminate: { benchmarks: [humaneval.jsonl], column: content }",
      command: "gristmill decontaminate code.jsonl -o clean.jsonl --benchmarks humaneval.jsonl --trace dropped.jsonl",
    },
    {
      recipe: "- decontaminate: [benchmarks]",
      command: "gristmill decontaminate web.parquet -o clean.parquet --benchmarks benchmarks --action flag",
    },
  ],
  files: ["benchmarks"],
  folders: { benchmarks: READ },
  parts: ({ benchmarks, column, action, marker, id, prompt, solution, docstring, texts, ...rules }) => {
    const settings = { benchmarks, fields: { id, prompt, solution, docstring, texts }, ...rules };
    const redact = action === "redact" ? marker : null;
    return [
      { shape: "map", native: { kind: "contamination", options: { column, redact, settings } } },
      {
        shape: "fold",
        name: "report",
        native: { kind: "contamination_report", options: { action, settings } },
        finding: true,
      },
      { shape: "map", native: { kind: "contamination_act", options: { action } } },
    ];
  },
});
