import { z } from "zod";
import { fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** JSON files that hold one array of objects. */
export const json = defineSource({
  name: "json",
  aliases: [],
  summary: "JSON files that hold one array of objects",
  details: "Each element of the array is a row; nested values stay as JSON text. Plain, gzip, zstd or bzip2.",
  options: z.strictObject(fileOptions),
  shorthand: "path",
  examples: [{ recipe: "- json: data/rows.json" }],
  request: (options) => ({ ...fileRequest(options), format: "json", extensions: ["json"] }),
});
