import { z } from "zod";
import { delimiter, fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** Files of any known format. */
export const files = defineSource({
  name: "files",
  aliases: ["file"],
  summary: "Files of any known format, by extension and content",
  details:
    "CSV, TSV, JSON Lines, JSON arrays, Parquet, Arrow, text lines and DiscordChatExporter JSON, plain or compressed, NumPy arrays, Megatron's and MosaicML's files of token ids, also mixed. Files that belong to another, such as `.idx` beside `.bin`, are read with it.",
  options: z.strictObject({ ...fileOptions, delimiter }),
  shorthand: "path",
  examples: [{ recipe: "- files: data/" }],
  request: (options) => {
    const request = fileRequest(options);
    return { ...request, options: { ...request.options, delimiter: options.delimiter }, format: null, extensions: [] };
  },
});
