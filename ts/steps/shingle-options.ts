import { z } from "zod";

/** Tokens of a shingle where nothing is said. */
export const SHINGLE_SIZES = { words: 5, code: 5, chars: 9 } as const;

/** What shingles are, the same for all that look for likeness. */
export const shingleOptions = {
  shingles: z.enum(["words", "code", "chars"]).default("words").describe("What shingles are made of"),
  size: z
    .int()
    .min(1)
    .max(100)
    .nullable()
    .default(null)
    .describe("Tokens of a shingle; when absent 5 words or tokens of code, 9 characters"),
};
