import { z } from "zod";
import { delimiter, fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** CSV and TSV files. */
export const csv = defineSource({
  name: "csv",
  aliases: ["tsv"],
  summary: "CSV or TSV files with a header",
  details: `All columns are text, so identifiers keep every digit and the words NA, null and nan stay words. Several files are joined by
column name. Plain, gzip, zstd or bzip2.`,
  options: z.strictObject({ ...fileOptions, delimiter }),
  shorthand: "path",
  examples: [{ recipe: "- csv: messages.csv.gz" }, { recipe: "- csv: { path: exports/*.csv, key: message_id }" }],
  request: (options) => {
    const request = fileRequest(options);
    return {
      ...request,
      options: { ...request.options, delimiter: options.delimiter },
      format: "csv",
      extensions: ["csv", "tsv"],
    };
  },
});
