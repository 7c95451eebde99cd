import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GristmillError } from "../native/index.ts";
import { guarded } from "../run/index.ts";
import { COUNT_COLUMNS, findStep, type StepDefinition } from "../steps/index.ts";
import { buildFiles, inWorkFolder } from "./file-build.ts";
import { openFiles } from "./read-batches.ts";
import { appear, checkTarget } from "./target.ts";
import type { RunStepOptions, RunStepResult, RunStepsOptions, StepEntry, TraceTable } from "./types.ts";
import { changeLog, rejectedRows, type TraceFile, wholeTrace, writeTrace } from "./write-trace.ts";

const COUNTS: ReadonlySet<string> = new Set(COUNT_COLUMNS);

/** The step of that name or alias; throws `GM_API_UNKNOWN_STEP`. */
export function stepNamed(name: string): StepDefinition {
  const definition = findStep(name);
  if (definition !== undefined) return definition;
  throw new GristmillError(
    "GM_API_UNKNOWN_STEP",
    "usage",
    `no step is called ${name}`,
    "`gristmill --help` lists the steps",
  );
}

/**
 * Runs one step over files: what `gristmill <step> IN -o OUT` does. Columns the step does not know pass through.
 * `out` appears whole at the end or not at all; an existing file is refused unless `overwrite` is set.
 */
export async function runStep(name: string, given: RunStepOptions): Promise<RunStepResult> {
  return runSteps([{ name, options: given.options ?? {} }], given);
}

/** Runs several steps, or none, over files in one go: no file is written between them. */
export async function runSteps(steps: readonly StepEntry[], given: RunStepsOptions): Promise<RunStepResult> {
  const entries = steps.map(({ name, options }) => ({ name: stepNamed(name).name, options: options ?? {} }));
  const out = resolve(given.out);
  const { files, whole } = await traceFiles(given);
  const overwrite = given.overwrite ?? false;
  for (const path of [out, ...files.map((file) => file.path)]) await checkTarget(path, overwrite);
  if (whole) entries.unshift({ name: "trace_rows", options: {} });
  return guarded(`write ${given.out}`, async () =>
    inWorkFolder(out, async (work) => {
      const output = { path: basename(out), ...(given.columns === undefined ? {} : { columns: given.columns }) };
      const { folder, manifest } = await buildFiles(work, entries, [{ file: output }], given, {
        trace: files.length > 0,
      });
      const result = manifest.outputs[0];
      if (result === undefined) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the step wrote nothing");
      const ready: [from: string, to: string][] = [[join(folder, result.path), out]];
      try {
        for (const file of files) ready.push([await writeTrace(folder, manifest, file), file.path]);
        for (const [from, to] of ready) await appear(from, to, overwrite);
      } finally {
        for (const [from] of ready) await rm(from, { force: true });
      }
      // Files that steps make of all rows, such as a trained tokenizer, come to lie beside the rows.
      for (const path of manifest.reports) {
        const target = join(dirname(out), path);
        await mkdir(dirname(target), { recursive: true });
        await appear(join(folder, path), target, overwrite);
      }
      const told = manifest.steps.filter(({ name }) => name !== "trace_rows");
      const { findings } = manifest;
      const found = findings === undefined ? {} : { findings };
      return { out, rows: result.rows, bytes: result.bytes, steps: told, ...found };
    }),
  );
}

/** The files to be made from the trace, and whether they need whole rows. */
async function traceFiles(given: RunStepsOptions): Promise<{ files: TraceFile[]; whole: boolean }> {
  const tables: TraceTable[] = [...(given.tables ?? [])];
  if (given.rejects !== undefined) tables.push({ kind: "rejects", path: given.rejects });
  const whole = tables.some(({ kind }) => kind === "rejects");
  const { source = {}, format } = given;
  const input = whole ? await openFiles(given.inputs, { source, ...(format === undefined ? {} : { format }) }) : null;
  const known = new Map((input?.columns ?? []).map(({ name, type }) => [name, type]));
  const files = tables.map((table) => {
    const path = resolve(table.path);
    if (table.kind === "changes") return changeLog(path, table.step ?? "", table.column ?? "text");
    const { columns = [...known.keys()], step, without, style } = table;
    // Counts that were not there before come from a step, and as numbers.
    const typed = columns.filter((name) => (known.get(name) ?? (COUNTS.has(name) ? "int" : "text")) === "int");
    const options = Object.entries({ step, without, style }).filter(([, value]) => value !== undefined);
    return rejectedRows(path, columns, typed, Object.fromEntries(options));
  });
  if (given.trace !== undefined) files.unshift(wholeTrace(resolve(given.trace)));
  return { files, whole };
}
