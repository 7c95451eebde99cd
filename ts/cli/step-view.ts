import type { StepDefinition } from "../steps/step.ts";
import { loadApi } from "./api.ts";
import { EXIT, given } from "./command.ts";
import { usage } from "./fail.ts";
import type { Output } from "./output.ts";

/** What a step is to be looked at with. */
interface ViewRequest {
  inputs: string[];
  options: Record<string, unknown>;
  source: Record<string, unknown>;
  format?: string | undefined;
  limit?: number | undefined;
}

/** Prints what a step lists about each row, one entry a line, and writes no file. */
export async function printView(definition: StepDefinition, request: ViewRequest, output: Output): Promise<number> {
  const parsed = definition.options.safeParse(request.options);
  const column = parsed.success ? (definition.view?.(parsed.data) ?? null) : null;
  if (parsed.success && column === null) {
    throw usage("missing --out", `gristmill ${definition.name} --help`);
  }
  const api = await loadApi();
  const run = api.step[definition.name];
  if (run === undefined || column === null) {
    // Wrong options are told by the step itself.
    for await (const _ of run?.(api.readBatches(request.inputs), request.options) ?? []) break;
    throw usage("missing --out", `gristmill ${definition.name} --help`);
  }
  const { format, limit, source } = request;
  const batches = api.readBatches(request.inputs, { source, ...given({ format, limit }) });
  const entries: Record<string, unknown>[] = [];
  let rows = 0;
  let listed = 0;
  for await (const batch of run(batches, request.options)) {
    const ids = batch.ids;
    for (const [row, value] of batch.column(column).entries()) {
      const found = (Array.isArray(value) ? value : []) as Record<string, unknown>[];
      listed += found.length > 0 ? 1 : 0;
      for (const entry of found) {
        if (output.options.json) entries.push({ id: ids[row], ...entry });
        else output.print(entryLine(ids[row] ?? "", entry));
      }
    }
    rows += batch.length;
  }
  if (output.options.json) output.result(entries, () => "");
  output.note(`${listed} of ${rows} rows have entries; nothing was written`);
  return EXIT.done;
}

/** `in.jsonl:12  category=drugs  rule=drugs-2 …`: names with values, texts in quotes. */
function entryLine(id: string, entry: Record<string, unknown>): string {
  const pieces = Object.entries(entry).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${name}=${/^[\w.-]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return [id, ...pieces].join("  ");
}
