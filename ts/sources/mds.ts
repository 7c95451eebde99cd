import { z } from "zod";
import { fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** Shards of MosaicML's streaming data sets. */
export const mds = defineSource({
  name: "mds",
  aliases: ["streaming"],
  summary: "Shards of MosaicML's streaming data sets",
  details: `Name a folder with \`index.json\`, or single shards: \`shard.00000.mds\`, plain or compressed with zstd, gzip or bzip2. In a folder
every shard that its index tells of must be there; of a shard that lies there plain and compressed the plain one is read. Text, JSON, bytes,
numbers and arrays of one dimension become columns; other encodings are refused.`,
  options: z.strictObject(fileOptions),
  shorthand: "path",
  examples: [{ recipe: "- mds: data/train" }],
  request: (options) => ({ ...fileRequest(options), format: "mds", extensions: ["mds"] }),
});
