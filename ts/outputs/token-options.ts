import { z } from "zod";

/** Options that the outputs of token ids share. */
export const vocabSize = z
  .int()
  .min(1)
  .nullable()
  .default(null)
  .describe("Size of the vocabulary, from which the width of the numbers follows; 32 bits when absent");

export const idColumn = z.string().min(1).default("ids").describe("Column of token ids; `pack` makes `input_ids`");
