import { z } from "zod";
import { SHINGLE_SIZES, shingleOptions } from "../steps/shingle-options.ts";
import { defineOutput } from "./output.ts";
import { five, shardBytes } from "./shards.ts";

/** An index of the rows, for builds that must not take them again. */
export const knownRows = defineOutput({
  name: "known_rows",
  aliases: [],
  summary: "Index of the rows, for `against` of near_dedup and dedupe",
  details: `Writes \`known/00000.known\` and so on: of each row its id, a key of its text, a key of its tokens, the bands of its sketch and
its set of shingles, but no text. \`near_dedup: { against: out/known }\` in another build drops rows that are like one of these, \`dedupe\`
with \`against\` those of equal text. \`shingles\`, \`size\`, \`threshold\`, \`permutations\` and \`recall\` mean what they mean to
\`near_dedup\`; the first two must be the same there. A row takes 8 bytes for each different shingle, 22 for each band (18 where
nothing is said) and some 60 more. See docs/near-duplicates.md.`,
  options: z.strictObject({
    text: z.string().min(1).default("text").describe("Column that holds the text"),
    id: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("Column that names a row in the trace of other builds; when absent file and number"),
    ...shingleOptions,
    threshold: z.number().gt(0).max(1).default(0.8).describe("Similarity that bands are cut for"),
    permutations: z.int().min(8).max(1024).default(128).describe("Values of a sketch"),
    recall: z.number().gt(0).lt(1).default(0.97).describe("Chance at least that a pair at the threshold is compared"),
    shard_bytes: shardBytes(256 * 1024 * 1024),
  }),
  shorthand: "text",
  examples: [{ recipe: "- known_rows: { text: content, id: id, shingles: code, threshold: 0.85 }" }],
  needs: ({ text, id }) => (id === null ? [text] : [text, id]),
  rows: ({ text, id, size, shard_bytes, ...sketch }) => ({
    format: {
      kind: "known_rows",
      options: { ...sketch, column: text, id, size: size ?? SHINGLE_SIZES[sketch.shingles] },
    },
    columns: id === null ? [text] : [text, id],
    layout: {
      kind: "shards",
      shardBytes: shard_bytes,
      by: null,
      path: (shard, _shards, extension) => `known/${five(shard)}${extension}`,
    },
  }),
  folds: () => [],
});
