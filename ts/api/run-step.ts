import { basename, join, resolve } from "node:path";
import { GristmillError } from "../native/index.ts";
import { guarded } from "../run/index.ts";
import { findStep, type StepDefinition } from "../steps/index.ts";
import { buildFiles, inWorkFolder } from "./file-build.ts";
import { appear, checkTarget } from "./target.ts";
import type { RunStepOptions, RunStepResult, RunStepsOptions, StepEntry } from "./types.ts";
import { writeTrace } from "./write-trace.ts";

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
  const trace = given.trace === undefined ? null : resolve(given.trace);
  const overwrite = given.overwrite ?? false;
  for (const path of [out, trace]) if (path !== null) await checkTarget(path, overwrite);
  return guarded(`write ${given.out}`, async () =>
    inWorkFolder(out, async (work) => {
      const output = { path: basename(out), ...(given.columns === undefined ? {} : { columns: given.columns }) };
      const { folder, manifest } = await buildFiles(work, entries, [{ file: output }], given);
      const file = manifest.outputs[0];
      if (file === undefined) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the step wrote nothing");
      const ready = trace === null ? null : await writeTrace(folder, manifest, trace);
      await appear(join(folder, file.path), out, overwrite);
      if (ready !== null && trace !== null) await appear(ready, trace, overwrite);
      return { out, rows: file.rows, bytes: file.bytes, steps: manifest.steps };
    }),
  );
}
