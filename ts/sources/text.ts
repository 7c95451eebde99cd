import { z } from "zod";
import { fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** Text files, one row a line. */
export const text = defineSource({
  name: "text",
  aliases: [],
  summary: "Text files, one row a line",
  details: "The one column is `text`. Plain, gzip, zstd or bzip2.",
  options: z.strictObject(fileOptions),
  shorthand: "path",
  columns: [{ name: "text", type: "text" }],
  examples: [{ recipe: "- text: corpus/*.txt.gz" }],
  request: (options) => ({ ...fileRequest(options), format: "text", extensions: ["txt", "text"] }),
});
