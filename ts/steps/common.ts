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
  .describe("Path of a `tokenizer.json`, or `words`, `chars` or `bytes` to count those instead");

export const changes = z
  .enum(["off", "excerpts", "full"])
  .default("off")
  .describe(
    "Tell each change in `trace/` with its rule: the piece that changed, or the whole text before and after. Counts by rule are kept either way",
  );

/** Words that stand for built-in counters and are no paths. */
export const BUILT_IN_COUNTERS: ReadonlySet<string> = new Set(["words", "chars", "bytes"]);

/** The native side's word for it. */
export function modeOf(compat: boolean): "fixed" | "parity" {
  return compat ? "parity" : "fixed";
}
