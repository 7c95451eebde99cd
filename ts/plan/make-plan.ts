import { isAbsolute } from "node:path";
import { type ColumnSpec, GristmillError, native, type ProbeResult } from "../native/index.ts";
import { type Position, place, type Recipe } from "../recipe/index.ts";
import type { SourceDefinition } from "../sources/index.ts";
import { BUILT_IN_COUNTERS } from "../steps/index.ts";
import { canonicalJson, replaceStrings, sha256 } from "./canonical.ts";
import { checkColumns, columnsOfNothing } from "./columns.ts";
import { compile } from "./compile.ts";
import { type FoundFile, findFiles } from "./find-files.ts";
import { placelessSources, placesOf } from "./fingerprints.ts";
import { hashFile, hashPath, identify } from "./hash-file.ts";
import type { Plan, PlannedFile, PlannedSource } from "./plan.ts";
import type { PlanOptions } from "./plan-options.ts";
import { withSplits } from "./splits.ts";
import { withStepFiles } from "./step-files.ts";

const SPLIT_BYTES = 256 * 1024 * 1024;
/** Input up to which parts stay uncompressed Arrow. */
const ARROW_UP_TO = 10 * 1000 ** 3;
/** Files looked into at once. */
const AT_ONCE = 4;

/** Compiles a recipe: finds and looks into its inputs, checks columns, lays out stages. Writes nothing. */
export async function makePlan(given: Recipe, options: PlanOptions): Promise<Plan> {
  const splitBytes = options.splitBytes ?? SPLIT_BYTES;
  const probe: Probe = options.probe ?? ((spec) => native.probe(spec));
  const look = { probe, splitBytes, hash: options.passing === true ? identify : hashFile };
  const planned = await planSources(given, look, options.limit ?? null, options.staging ?? null);
  const text = planned.flatMap(({ files }) => files).reduce((sum, file) => sum + file.text_bytes, 0);
  const found = native.mergeColumns(planned.map((source) => source.columns));
  const columns = found.length > 0 ? found : columnsOfNothing(given);
  const recipe = withStepFiles(withSplits(given, columns));
  // All sources go through one chain, so they are read with one schema.
  const sources = planned.map((source) => ({ ...source, columns }));
  checkColumns(recipe, columns);
  const partitions = partitionsFor(text, splitBytes);
  const sample = options.sample ?? null;
  if (sample !== null && !(sample > 0 && sample <= 1)) {
    throw new GristmillError(
      "GM_PLAN_BAD_SAMPLE",
      "usage",
      `a sample of ${sample} is no share of the rows`,
      "give e.g. 1% or 0.01",
    );
  }
  const { stages, outputs } = compile(recipe, columns, partitions, sample, canPass(options, sources));
  const plan: Omit<Plan, "build_id"> = {
    format: 1,
    name: recipe.name,
    seed: recipe.seed,
    code: options.code,
    recipe: recipe.resolved,
    sources,
    side_files: await sideFiles(recipe),
    partitions,
    parts: options.partsFormat ?? (text <= ARROW_UP_TO ? "arrow" : "parquet"),
    steps: [
      { name: "read", shape: "read" },
      ...(sample === null ? [] : [{ name: "sample_input", shape: "map" as const }]),
      ...recipe.steps.map(({ name, definition }) => ({ name, shape: definition?.shape ?? ("map" as const) })),
    ],
    stages,
    outputs,
  };
  return { ...plan, build_id: buildId(plan) };
}

/** Hash of everything that decides the result. Where files lie does not. */
function buildId(plan: Omit<Plan, "build_id">): string {
  const { recipe, ...rest } = plan;
  const { sources: _sources, steps: _steps, outputs: _outputs, ...own } = recipe;
  const side_files = plan.side_files.map(({ hash }) => hash);
  const content = replaceStrings(
    { ...rest, recipe: own, sources: placelessSources(plan), side_files: [] },
    placesOf(plan),
  );
  return sha256(canonicalJson([content, side_files])).slice(0, 32);
}

/** Least power of two with at most `bytes` of text a partition. */
function partitionsFor(text: number, bytes: number): number {
  let partitions = 1;
  while (partitions * bytes < text) partitions *= 2;
  return partitions;
}

type Probe = NonNullable<PlanOptions["probe"]>;

/** How files are looked into. */
interface Look {
  probe: Probe;
  splitBytes: number;
  hash: typeof hashFile;
}

/** Whether one task reads the sources, if they are no more than a partition. */
function canPass({ passing }: PlanOptions, sources: readonly PlannedSource[]): boolean {
  const [first] = sources;
  return passing === true && sources.length === 1 && first?.store === undefined && (first?.files.length ?? 0) <= 512;
}

async function planSources(
  recipe: Recipe,
  { probe, splitBytes, hash: hashOf }: Look,
  limit: number | null,
  staging: string | null,
): Promise<PlannedSource[]> {
  const requests = recipe.sources.map(({ definition, options, at }) => {
    const request = definition.request(options);
    const found = request.store === undefined ? findFiles(request.paths, request.extensions, at) : [];
    return { definition, at, request, found };
  });
  nameApart(requests);
  const sources: PlannedSource[] = [];
  for (const { definition, at, request, found } of requests) {
    const kind = definition.name;
    if (request.store !== undefined) {
      // Loaded with its databases where a recipe reads a store, and else not.
      const { storeInputs } = await import("./store-inputs.ts");
      const { place: store, files } = await storeInputs(request.store, staging, probe, splitBytes);
      const columns = [...(definition.columns ?? [])];
      if (request.label !== null) columns.push({ name: "source", type: "text" });
      const { label, key, options } = request;
      sources.push({ kind, store, label, files, columns, key, options, limit });
      continue;
    }
    const probed = await inTurns(found, async (file) => {
      const spec = {
        path: file.path,
        name: file.name,
        format: request.format,
        options: request.options,
        split_bytes: splitBytes,
      };
      const [result, own] = await Promise.all([probe(spec), hashOf(file.path)]);
      const beside = await inTurns(result.beside ?? [], async (path) => ({ path, ...(await hashOf(path)) }));
      return { result, planned: plannedFile(file, result, own, beside) };
    });
    for (const { result, planned } of probed) checkIdentity(definition, planned.path, result);
    const columns = native.mergeColumns(probed.map(({ result }) => result.columns));
    if (request.even === true) checkEven(probed, columns, at);
    if (columns.length === 0) columns.push(...(definition.columns ?? []));
    if (request.label !== null && !columns.some(({ name }) => name === "source")) {
      columns.push({ name: "source", type: "text" });
    }
    if (request.key !== null && columns.length > 0 && !columns.some(({ name }) => name === request.key)) {
      const known = `columns: ${columns.map(({ name }) => name).join(", ")}`;
      throw new GristmillError(
        "GM_RECIPE_MISSING_COLUMN",
        "usage",
        `${place(at)}: key "${request.key}" is no column of ${kind}`,
        known,
      );
    }
    const files = probed.map(({ planned }) => planned);
    sources.push({ kind, label: request.label, files, columns, key: request.key, options: request.options, limit });
  }
  return sources;
}

/** A file that lacks what makes it one of the source is another kind of file, and its rows would all be dropped. */
function checkIdentity({ name, identity = [] }: SourceDefinition, path: string, { columns }: ProbeResult): void {
  const names = columns.map((column) => column.name);
  const missing = identity.find((column) => !names.includes(column));
  if (names.length === 0 || missing === undefined) return;
  throw new GristmillError(
    "GM_READ_NOT_AN_EXPORT",
    "input",
    `${path} is neither a ${name} export nor a table of its messages: there is no "${missing}"`,
    `found: ${names.slice(0, 12).join(", ")}; needed: ${identity.join(", ")}`,
  );
}

/** Files that are joined by column name are refused where a column would be left empty unasked. */
function checkEven(
  probed: readonly { planned: PlannedFile; result: ProbeResult }[],
  columns: readonly ColumnSpec[],
  at: Position,
): void {
  for (const { planned, result } of probed) {
    const names = new Set(result.columns.map(({ name }) => name));
    const missing = columns.filter(({ name }) => !names.has(name)).map(({ name }) => name);
    // A file without any row has no columns either, and nothing to leave empty.
    if (missing.length === 0 || names.size === 0) continue;
    throw new GristmillError(
      "GM_PLAN_UNEVEN_COLUMNS",
      "input",
      `${place(at)}: ${planned.path} has no column ${missing.join(", ")}, which another file has`,
      "take that file out, or let missing columns be empty: --allow-missing, in a recipe missing_columns: allow",
    );
  }
}

function plannedFile(
  { path, name }: FoundFile,
  result: ProbeResult,
  own: { hash: string; bytes: number },
  beside: NonNullable<PlannedFile["beside"]>,
): PlannedFile {
  const { format, codec, splits, rows, estimated_text_bytes } = result;
  const file = { path, name, ...own, format, codec, splits, rows, text_bytes: estimated_text_bytes };
  return beside.length === 0 ? file : { ...file, beside };
}

/** A file that stands in two sources would give its rows the same ids twice: the number of the source goes in front. */
function nameApart(requests: { found: FoundFile[] }[]): void {
  const seen = new Set<string>();
  for (const [i, request] of requests.entries()) {
    request.found = request.found.map((file) => (seen.has(file.name) ? { ...file, name: `${i}/${file.name}` } : file));
    for (const { name } of request.found) seen.add(name);
  }
}

/** Applies `work` to all items, a few at a time; results in order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(work))));
  }
  return results;
}

/** Files that steps read: looked for now, so that a wrong path fails before the first row. */
async function sideFiles(recipe: Recipe): Promise<Plan["side_files"]> {
  const files = new Map<string, Plan["side_files"][number]>();
  for (const { definition, options, at } of recipe.steps) {
    for (const key of definition?.files ?? []) {
      for (const value of [options[key]].flat()) {
        if (typeof value !== "string" || BUILT_IN_COUNTERS.has(value) || !isAbsolute(value) || files.has(value))
          continue;
        findFiles([value], [], at);
        files.set(value, { path: value, ...(await hashPath(value)) });
      }
    }
  }
  return [...files.values()];
}
