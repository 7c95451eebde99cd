import { z } from "zod";
import { fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** JSON Lines. */
export const jsonl = defineSource({
  name: "jsonl",
  aliases: ["ndjson"],
  summary: "JSON Lines: one object a line",
  details:
    "Each line is a row; nested values stay as JSON text. Plain, gzip, zstd or bzip2; plain files are cut and read in parallel.",
  options: z.strictObject(fileOptions),
  shorthand: "path",
  examples: [{ recipe: "- jsonl: data/*.jsonl.zst" }],
  request: (options) => ({ ...fileRequest(options), format: "jsonl", extensions: ["jsonl", "ndjson"] }),
});
