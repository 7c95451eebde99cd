import { link, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { uint32, utf8 } from "@uwdata/flechette";
import { GristmillError, type InputReader, type ReaderSpec } from "../native/index.ts";
import { formatOfPath } from "../outputs/index.ts";
import { snakeKeys } from "../recipe/index.ts";
import { encode, guarded, ID_COLUMN, type Manifest, pump, type RowColumn, realAddon } from "../run/index.ts";
import { findStep, type StepDefinition } from "../steps/index.ts";
import { build } from "./build.ts";
import { openFiles } from "./read-batches.ts";
import type { RunStepOptions, RunStepResult } from "./types.ts";

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
  const definition = stepNamed(name);
  const out = resolve(given.out);
  const trace = given.trace === undefined ? null : resolve(given.trace);
  const overwrite = given.overwrite ?? false;
  for (const path of [out, trace]) if (path !== null) await checkTarget(path, overwrite);
  return guarded(`write ${given.out}`, async () => {
    const work = await mkdtemp(join(dirname(out), `.${basename(out)}.gristmill-`));
    try {
      const result = await buildIn(work, definition, given, basename(out));
      const file = result.manifest.outputs[0];
      if (file === undefined) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the step wrote nothing");
      const ready = trace === null ? null : await writeTrace(result.folder, result.manifest, trace);
      await appear(join(result.folder, file.path), out, overwrite);
      if (ready !== null && trace !== null) await appear(ready, trace, overwrite);
      return { out, rows: file.rows, bytes: file.bytes, steps: result.manifest.steps };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function buildIn(
  work: string,
  definition: StepDefinition,
  given: RunStepOptions,
  name: string,
): Promise<{ folder: string; manifest: Manifest }> {
  const folder = join(work, "out");
  const source = given.format ?? "files";
  const { threads, memory, maxBadRows, signal, onEvent, seed, limit } = given;
  const { manifest } = await build(
    {
      name: definition.name,
      sources: [{ [source]: { ...snakeKeys(given.source ?? {}), path: given.inputs.map((path) => resolve(path)) } }],
      steps: [{ [definition.name]: snakeKeys(given.options ?? {}) }],
      outputs: [{ file: { path: name } }],
    },
    {
      out: folder,
      reporter: null,
      ...(seed === undefined ? {} : { seed }),
      ...(limit === undefined ? {} : { limit }),
      ...(threads === undefined ? {} : { threads }),
      ...(memory === undefined ? {} : { memory }),
      ...(maxBadRows === undefined ? {} : { maxBadRows }),
      ...(signal === undefined ? {} : { signal }),
      ...(onEvent === undefined ? {} : { onEvent }),
    },
  );
  if (manifest === null) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the step was not run");
  return { folder, manifest };
}

async function checkTarget(path: string, overwrite: boolean): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory() === true) throw exists(`${path} is a folder`);
  if (info !== null && !overwrite) throw exists(`${path} exists`);
  if ((await stat(dirname(path)).catch(() => null))?.isDirectory() !== true) {
    throw new GristmillError(
      "GM_RUN_NO_FOLDER",
      "usage",
      `the folder of ${path} does not exist`,
      "make it first, or choose another path",
    );
  }
}

function exists(message: string): GristmillError {
  return new GristmillError(
    "GM_RUN_OUTPUT_EXISTS",
    "exists",
    message,
    "choose another path, or replace it with --overwrite",
  );
}

/** Gives a finished file its name in one step. Never over a file that came up meanwhile. */
async function appear(from: string, to: string, overwrite: boolean): Promise<void> {
  if (overwrite) {
    await rename(from, to);
    return;
  }
  try {
    await link(from, to);
    await rm(from);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "EEXIST") throw exists(`${to} came up meanwhile`);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EMLINK" && code !== "EOPNOTSUPP") throw error;
    await checkTarget(to, false);
    await rename(from, to);
  }
}

const TRACE: RowColumn[] = [
  ...[ID_COLUMN, "id", "step", "kind", "reason", "rule", "twin"].map((name) => ({
    name,
    type: utf8(),
    nullable: false,
  })),
  ...["span_start", "span_end"].map((name) => ({ name, type: uint32(), nullable: true })),
  { name: "excerpt", type: utf8(), nullable: false },
];

/** The trace of all stages as one file beside its place, in the format its ending asks for. */
async function writeTrace(folder: string, manifest: Manifest, target: string): Promise<string> {
  const { format } = formatOfPath(target);
  if (format === null) {
    throw new GristmillError(
      "GM_API_BAD_OPTIONS",
      "usage",
      `the trace ${basename(target)} has no known ending`,
      "use .parquet, .jsonl or .csv",
    );
  }
  const place = await mkdtemp(join(dirname(target), `.${basename(target)}.gristmill-`));
  try {
    return await gather(folder, manifest, target, format, place);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function gather(
  folder: string,
  manifest: Manifest,
  target: string,
  format: string,
  place: string,
): Promise<string> {
  const schema = Buffer.from(encode(TRACE, [], [], "trace")).toString("base64");
  const paths = manifest.trace.map((file) => join(folder, file.path));
  const reader: ReaderSpec = paths.length === 0 ? { kind: "feed", schema } : await openTrace(paths);
  const columns = TRACE.slice(1).map((column) => column.name);
  const sink = {
    kind: "output" as const,
    folder: place,
    stem: "trace",
    task: 0,
    format: { kind: format, options: {} },
    columns,
  };
  const run = realAddon.open(reader, { steps: [] }, sink);
  if (reader.kind === "feed") run.end();
  const result = await pump(run, new AbortController().signal, () => undefined);
  const file = result.files.find((one) => one.role === "output");
  if (file === undefined) throw new GristmillError("GM_INTERNAL_STEP", "failed", "the trace was not written");
  const path = join(dirname(target), `.${basename(target)}.${file.sha256.slice(0, 12)}.tmp`);
  await rename(join(place, file.name), path);
  return path;
}

function openTrace(paths: string[]): Promise<InputReader> {
  return openFiles(paths, { format: "parquet" });
}
