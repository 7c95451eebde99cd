import { z } from "zod";
import { fileOptions, fileRequest, idColumn } from "./options.ts";
import { defineSource } from "./source.ts";

/** NumPy arrays of token ids. */
export const numpy = defineSource({
  name: "numpy",
  aliases: ["npy"],
  summary: "Token ids in NumPy arrays",
  details: `Reads \`.npy\` files of whole numbers. Where \`NAME.offsets.npy\` lies beside \`NAME.npy\`, as the output \`numpy\` writes it, row i is
\`ids[offsets[i]:offsets[i + 1]]\`. In an array of two dimensions a row is a row. Another array is cut into rows of \`row_tokens\`. Ids are lists
of 32-bit numbers where those are enough, else of 64 bits. Large files are read in parallel, by ranges of rows.`,
  options: z.strictObject({
    ...fileOptions,
    column: idColumn,
    row_tokens: z
      .int()
      .min(1)
      .max(2 ** 32 - 1)
      .default(2048)
      .describe("Ids of a row, in arrays of one dimension without a file of offsets; the last row may be shorter"),
  }),
  shorthand: "path",
  examples: [{ recipe: "- numpy: data/*.npy" }],
  request: (options) => {
    const request = fileRequest(options);
    const { column, row_tokens } = options;
    return { ...request, format: "numpy", extensions: ["npy"], options: { ...request.options, column, row_tokens } };
  },
});
