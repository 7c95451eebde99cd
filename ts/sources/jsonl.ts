import { z } from "zod";
import { fileOptions, fileRequest, nested } from "./options.ts";
import { defineSource } from "./source.ts";

/** JSON Lines. */
export const jsonl = defineSource({
  name: "jsonl",
  aliases: ["ndjson"],
  summary: "JSON Lines: one object a line",
  details:
    "Each line is a row; arrays whose items are alike are lists, other nested values JSON text. Plain, gzip, zstd or bzip2; plain files are cut and read in parallel.",
  options: z.strictObject({ ...fileOptions, nested }),
  shorthand: "path",
  examples: [{ recipe: "- jsonl: data/*.jsonl.zst" }],
  request: (options) => {
    const request = fileRequest(options);
    return {
      ...request,
      format: "jsonl",
      extensions: ["jsonl", "ndjson"],
      options: { ...request.options, nested: options.nested },
    };
  },
});
