import { z } from "zod";
import { against, column } from "./common.ts";
import { SHINGLE_SIZES, shingleOptions } from "./shingle-options.ts";
import { defineStep } from "./step.ts";

/** Drops rows whose text is nearly that of another. */
export const nearDedup = defineStep({
  name: "near_dedup",
  aliases: [],
  summary: "Drop rows whose text is nearly the same as another's",
  details: `A text is taken as the set of its shingles, runs of \`size\` tokens; two texts are alike if what their sets share is at
least \`threshold\` of what they hold together (Jaccard similarity). Rows that are alike form clusters, and one of each stays.

\`shingles\` says what a token is:

- \`words\`: runs of letters, digits and underscores of any script, in lower case.
- \`code\`: runs of \`[A-Za-z0-9_]\` as they are written.
- \`chars\`: characters in lower case, white space as one blank; for languages that put no spaces between words.

Texts with fewer tokens than a shingle are alike only if they are equal but for white space and, outside code, case.

Not every pair is compared: MinHash sketches of \`permutations\` values are cut into bands so that a pair right at the threshold
meets with a chance of at least \`recall\`, more similar ones nearly always. \`findings\` in \`manifest.json\`, and
what the command prints with \`--json\`, has the curve, cluster sizes and examples. A pair that meets is
compared by its sets, so that no row is dropped by mistake;
\`verify: estimate\` compares sketches instead, which is quicker where most rows are alike.

A cluster is all rows that hang together, also through others: of \`a\`, \`b\` and \`c\` one stays if \`b\` is like both others, even if \`a\`
and \`c\` are not alike. With \`clusters: sequential\` rows are looked at in their order, or the longest or best first as \`keep\`
says, and a row goes only if it is like one before it that stays: fewer go, each \`threshold\` or more like the row that stays for it.
In the trace each dropped row has the id of the row that
stays, the number of the cluster and the similarity of the two. Reasons: \`duplicate_text\` where the tokens are the same,
\`near_duplicate\` else. With \`keep: none\` nothing is dropped; rows of clusters get \`near_cluster\` and \`near_similarity\`, the
latter to the first row of the cluster.

\`against\` drops rows before that are like one of another data set, with its id as \`twin\` in the trace: \`known_text\` where the tokens
are the same, \`near_known\` else, with the similarity. Its index, an output \`known_rows\` of another build, must have been made with the same
\`shingles\` and \`size\`; its bands say what is compared.

Memory does not grow with the texts: sketches and candidates are sorted on disk. See docs/near-duplicates.md.`,
  shape: "select",
  options: z
    .strictObject({
      text: column,
      ...shingleOptions,
      threshold: z.number().gt(0).max(1).default(0.8).describe("Similarity from which two texts are alike, up to 1"),
      permutations: z.int().min(8).max(1024).default(128).describe("Values of a sketch; more are slower and surer"),
      recall: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.97)
        .describe("Chance at least that a pair at the threshold is compared; bands are cut for it"),
      verify: z
        .enum(["exact", "estimate"])
        .default("exact")
        .describe("Compare pairs by their sets of shingles, or by their sketches"),
      keep: z
        .enum(["first", "longest", "best", "none"])
        .default("first")
        .describe(
          "Row of a cluster that stays: the first, the longest, the best by a column; none: drop none, flag all",
        ),
      by: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe("Column of numbers for `keep: best`: the greatest stays, of equals the longest, then the first"),
      clusters: z
        .enum(["connected", "sequential"])
        .default("connected")
        .describe("Clusters are all rows that hang together, or rows that stay with those that are like them"),
      against,
    })
    .refine(({ keep, by }) => (keep === "best") === (by !== null), {
      path: ["by"],
      error: "goes together with `keep: best`: name the column that says which row is best, or leave both out",
    }),
  shorthand: "threshold",
  needs: ({ text, keep, by }) => (keep === "best" && by !== null ? [text, by] : [text]),
  adds: ({ keep }) => (keep === "none" ? ["near_cluster", "near_similarity"] : []),
  examples: [
    {
      recipe: "- near_dedup: { shingles: code, threshold: 0.85, keep: best, by: stars }",
      command: "gristmill near_dedup docs.jsonl -o unique.jsonl --text text --threshold 0.85 --trace dropped.jsonl",
    },
  ],
  files: ["against"],
  parts: ({ text, size, keep, by, shingles, clusters, against, ...options }) => {
    const shingling = { column: text, shingles, size: size ?? SHINGLE_SIZES[shingles] };
    const step = { kind: "near_dedup", options: { ...options, ...shingling, keep, by } };
    const { threshold, verify } = options;
    const known = { kind: "known_near", options: { ...shingling, against, threshold, verify } };
    return [
      ...(against.length === 0 ? [] : [{ shape: "map" as const, native: known }]),
      {
        shape: "select",
        keys: step,
        decide: {
          kind: "alike",
          step,
          keep: keep === "none" ? "all" : keep === "first" ? "first" : "best",
          ...(clusters === "sequential" ? { sequential: true } : {}),
        },
        reasons: ["duplicate_text", "near_duplicate"],
      },
      ...(keep === "none" ? [{ shape: "map" as const, native: { kind: "near_columns", options: {} } }] : []),
    ];
  },
});
