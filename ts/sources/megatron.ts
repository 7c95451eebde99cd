import { z } from "zod";
import { fileOptions, fileRequest, idColumn } from "./options.ts";
import { defineSource } from "./source.ts";

/** Megatron-LM's indexed data sets. */
export const megatron = defineSource({
  name: "megatron",
  aliases: [],
  summary: "Token ids in indexed data sets of Megatron-LM: .bin and .idx",
  details: `Name the \`.bin\` files; each needs its \`.idx\` beside it. A row is a document: its ids, and in \`seq_lens\` the tokens of each of its
sequences. Modes of sets with images are left out. Large files are read in parallel, by ranges of documents.`,
  options: z.strictObject({
    ...fileOptions,
    column: idColumn,
    sequences: z.string().min(1).default("seq_lens").describe("Column that takes the tokens of each sequence"),
  }),
  shorthand: "path",
  examples: [{ recipe: "- megatron: data/train.bin" }],
  request: (options) => {
    const request = fileRequest(options);
    const { column, sequences } = options;
    return { ...request, format: "megatron", extensions: ["bin"], options: { ...request.options, column, sequences } };
  },
});
