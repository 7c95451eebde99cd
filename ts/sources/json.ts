import { z } from "zod";
import { fileOptions, fileRequest, nested } from "./options.ts";
import { defineSource } from "./source.ts";

/** JSON files that hold one array of objects. */
export const json = defineSource({
  name: "json",
  aliases: [],
  summary: "JSON files that hold one array of objects",
  details:
    "Each element of the array is a row; arrays whose items are alike are lists, other nested values JSON text. Plain, gzip, zstd or bzip2.",
  options: z.strictObject({ ...fileOptions, nested }),
  shorthand: "path",
  examples: [{ recipe: "- json: data/rows.json" }],
  request: (options) => {
    const request = fileRequest(options);
    return {
      ...request,
      format: "json",
      extensions: ["json"],
      options: { ...request.options, nested: options.nested },
    };
  },
});
