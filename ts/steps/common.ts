import { z } from "zod";

/** Options that several steps share, so that they read alike everywhere. */
export const column = z.string().min(1).default("text").describe("Column that holds the text");

export const compat = z
  .boolean()
  .default(false)
  .describe("Do what the replaced tool did, its faults included; for comparing with old results");

export const tokenizer = z
  .string()
  .min(1)
  .default("words")
  .describe(
    "Path of a tokenizer, `trained` after `train_tokenizer`, or `words`, `chars` or `bytes` to count those instead",
  );

export const changes = z
  .enum(["off", "excerpts", "full"])
  .default("off")
  .describe(
    "Tell each change in `trace/` with its rule: the piece that changed, or the whole text before and after. Counts by rule are kept either way",
  );

/** Stands for the tokenizer that a step `train_tokenizer` before has made. */
export const TRAINED = "trained";

/** Name of the fold that makes it. */
export const TRAINED_FOLD = "tokenizer";

export const tokenizerFile = z
  .string()
  .min(1)
  .default(TRAINED)
  .describe("Path of a tokenizer, or `trained`: the one that `train_tokenizer` before has made");

export const split = z
  .string()
  .min(1)
  .nullable()
  .default(null)
  .describe("How text is cut into words, for files that do not say: a name such as `cl100k`, or a pattern");

/** What a part that works with a tokenizer reads besides the rows. */
export function trainedSide(tokenizer: string): { side?: string[] } {
  return tokenizer === TRAINED ? { side: [`train_tokenizer.${TRAINED_FOLD}`] } : {};
}

/** Words that stand for built-in counters, or for a tokenizer of the same recipe, and are no paths. */
export const BUILT_IN_COUNTERS: ReadonlySet<string> = new Set(["words", "chars", "bytes", TRAINED]);

/** The native side's word for it. */
export function modeOf(compat: boolean): "fixed" | "parity" {
  return compat ? "parity" : "fixed";
}

export const against = z
  .preprocess((value) => (typeof value === "string" ? [value] : value), z.array(z.string().min(1)))
  .default([])
  .describe("Indexes of other data sets, as the output `known_rows` writes them: files, or folders of them");
