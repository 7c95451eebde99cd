import { z } from "zod";
import { fileOptions, fileRequest } from "./options.ts";
import { defineSource } from "./source.ts";

/** Arrow IPC files and streams. */
export const arrow = defineSource({
  name: "arrow",
  aliases: [],
  summary: "Arrow IPC files and streams",
  details: "Columns keep their types.",
  options: z.strictObject(fileOptions),
  shorthand: "path",
  examples: [{ recipe: "- arrow: data/*.arrow" }],
  request: (options) => ({
    ...fileRequest(options),
    format: "arrow",
    extensions: ["arrow", "arrows", "feather", "ipc"],
  }),
});
