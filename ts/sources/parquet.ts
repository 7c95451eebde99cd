import { z } from "zod";
import { fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** Parquet files. */
export const parquet = defineSource({
  name: "parquet",
  aliases: [],
  summary: "Parquet files",
  details: "Columns keep their types; row groups are read in parallel.",
  options: z.strictObject(fileOptions),
  shorthand: "path",
  examples: [{ recipe: "- parquet: data/*.parquet" }],
  request: (options) => ({ ...fileRequest(options), format: "parquet", extensions: ["parquet"] }),
});
