import { z } from "zod";
import { defineStep } from "./step.ts";

/** Keeps whole rows in the trace. */
export const traceRows = defineStep({
  name: "trace_rows",
  aliases: [],
  summary: "From here on, keep the whole row in the trace when a step drops it",
  details: `The trace has an excerpt of each row that is dropped. After this step \`after\` in \`trace/\` holds all its columns as a JSON
object, as they were when it went. Rows that are merged in groups have none. A command's \`--rejects FILE\` does the same
and writes these rows to a file, the reason first. Columns must be text, numbers or booleans.`,
  shape: "map",
  options: z.strictObject({}),
  needs: () => [],
  adds: () => [],
  examples: [{ recipe: "- trace_rows: {}", command: "gristmill min_turns in.csv -o out.csv --rejects dropped.csv" }],
  parts: () => [{ shape: "map", native: { kind: "trace_rows", options: {} } }],
});
