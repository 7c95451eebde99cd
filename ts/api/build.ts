import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { GristmillError, native } from "../native/index.ts";
import { describePlan, fingerprints, makePlan, type Plan, type PlanDescription } from "../plan/index.ts";
import { loadRecipe, type Recipe } from "../recipe/index.ts";
import {
  buildFolder,
  checkOut,
  type Done,
  defaultMemory,
  defaultThreads,
  guarded,
  passingDisk,
  type Reporter,
  realDisk,
  replaceText,
  runBuild,
  runOneTask,
  stagingFolder,
  type UserSteps,
} from "../run/index.ts";
import type { BuildOptions, BuildResult, PlanOptions, RecipeObject } from "./types.ts";
import { codeVersion, version } from "./version.ts";

interface Planned {
  recipe: Recipe;
  plan: Plan;
}

/** With `out` the messages of stores are written there, so that the plan can be run. */
async function makePlanned(
  recipe: string | RecipeObject,
  options: PlanOptions,
  out: { path: string; overwrite: boolean } | null = null,
  passing = false,
): Promise<Planned> {
  const sets = { ...options.sets, ...(options.seed === undefined ? {} : { seed: options.seed }) };
  const loaded = loadRecipe({
    ...(typeof recipe === "string" ? { path: recipe } : { object: namedFunctions(recipe) }),
    vars: options.vars ?? {},
    sets,
    env: process.env,
  });
  const stores = loaded.sources.some(({ definition, options: own }) => definition.request(own).store !== undefined);
  // Before anything is written, so that a refused folder stays as it was.
  if (stores && out !== null) await checkOut(out.path, out.overwrite);
  const plan = await makePlan(loaded, {
    // Nothing outlives a build in passing that other code could meet.
    code: passing ? version() : codeVersion(),
    ...(stores && out !== null ? { staging: stagingFolder(out.path) } : {}),
    limit: options.limit ?? null,
    sample: options.sample ?? null,
    passing,
    ...(options.parts === undefined ? {} : { partsFormat: options.parts }),
  });
  return { recipe: loaded, plan };
}

/** A bare function among the steps is a step of the user, called as the function is. */
function namedFunctions(recipe: RecipeObject): Record<string, unknown> {
  const steps = recipe.steps.map((step, i) =>
    typeof step === "function" ? { name: step.name || `user_step_${i + 1}`, user: step } : step,
  );
  return { ...recipe, steps };
}

/** The user's functions by their number in the plan: the number of the step among the user's. */
function userSteps(recipe: Recipe): UserSteps {
  return new Map(recipe.steps.flatMap(({ user }) => (user === null ? [] : [user])).entries());
}

/**
 * Compiles a recipe to a plan: inputs found and looked into, options checked, stages laid out. Writes nothing, unless
 * `out` is given and the recipe reads a message store: then its messages are put there, where {@link runTask} reads them.
 * Throws `GM_RECIPE_*` (kind `usage`) for a wrong recipe and `GM_READ_*` (kind `input`) for inputs that cannot be read.
 */
export async function plan(recipe: string | RecipeObject, options: PlanOptions & { out?: string } = {}): Promise<Plan> {
  const { out, ...rest } = options;
  return (await makePlanned(recipe, rest, out === undefined ? null : { path: resolve(out), overwrite: true })).plan;
}

/** What a plan does in words, and roughly what it takes: rows, bytes, room on the disk, time and memory. */
export function estimate(made: Plan, machine: { threads?: number; memory?: number } = {}): PlanDescription {
  const { threads = defaultThreads(), memory = defaultMemory() } = machine;
  return describePlan(made, { threads, memory });
}

/** Puts a plan where {@link runTask} and a later {@link build} find it; gives the path of `plan.json`. */
export async function writePlan(made: Plan, out: string): Promise<string> {
  const folder = buildFolder(resolve(out), made.build_id);
  const path = join(folder.build, "plan.json");
  await guarded(`write ${path}`, async () => {
    await realDisk.makeFolder(folder.build);
    await replaceText(realDisk, path, `${JSON.stringify(made, null, 2)}\n`);
  });
  return path;
}

/**
 * Builds a data set. Goes on from whatever an earlier attempt has done; a finished build of the same plan is only
 * looked at. Throws `GM_RUN_OUTPUT_EXISTS` (kind `exists`) when `out` holds something else, `GM_RUN_LOCKED` when
 * another build is at work there, `GM_RUN_CANCELLED` (kind `cancelled`) after an abort.
 */
export async function build(recipe: string | RecipeObject, options: BuildOptions): Promise<BuildResult> {
  return buildAs(recipe, options, {});
}

/** Builds in a folder that is thrown away when the files in it are where they belong: nothing is kept to go on from. */
export async function buildOnce(
  recipe: RecipeObject,
  options: BuildOptions,
  { trace }: { trace: boolean },
): Promise<BuildResult> {
  try {
    return await buildAs(recipe, options, { passing: true, noTrace: !trace });
  } finally {
    // What stages passed on to each other in memory.
    native.forget(resolve(options.out));
  }
}

async function buildAs(
  recipe: string | RecipeObject,
  options: BuildOptions,
  { passing = false, noTrace = false }: { passing?: boolean; noTrace?: boolean },
): Promise<BuildResult> {
  const out = resolve(options.out);
  const target = options.dryRun === true ? null : { path: out, overwrite: options.overwrite ?? false };
  const { threads, memory } = options;
  // Before the plan is made: inputs are looked into on several threads.
  native.configure({ threads: threads ?? defaultThreads(), memoryBytes: memory ?? defaultMemory() });
  const { recipe: loaded, plan: made } = await makePlanned(recipe, options, target, passing);
  if (options.dryRun === true)
    return { buildId: made.build_id, out, plan: made, manifest: null, upToDate: false, rows: 0 };
  const { fresh, overwrite, noKeep, signal, onEvent } = options;
  const { manifest, upToDate } = await runBuild({
    plan: made,
    fingerprints: fingerprints(made),
    out,
    version: version(),
    ...(threads === undefined ? {} : { threads }),
    ...(memory === undefined ? {} : { memory }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(noKeep === undefined ? {} : { noKeep }),
    ...(signal === undefined ? {} : { signal }),
    ...(onEvent === undefined ? {} : { onEvent }),
    noTrace,
    ...(passing ? { disk: passingDisk } : {}),
    maxBadRows: options.maxBadRows ?? loaded.max_bad_rows,
    reporter: options.reporter === undefined ? cardAndReport : options.reporter,
    user: userSteps(loaded),
  });
  const rows = manifest.outputs.reduce((sum, file) => sum + file.rows, 0);
  return { buildId: made.build_id, out, plan: made, manifest, upToDate, rows };
}

/** Loaded at the end of a build: a step's own command has no use for it. */
const cardAndReport: Reporter = async (finished) => (await import("../report/index.ts")).writeCardAndReport(finished);

/** Options of {@link runTask}. */
export interface RunTaskOptions extends Pick<BuildOptions, "threads" | "memory" | "signal" | "onEvent"> {
  /** Number of the stage, from 0. */
  stage: number;
  /** Number of the task in the stage, from 0. */
  part: number;
}

/**
 * Runs one task of a plan, `OUT/.gristmill/<build_id>/plan.json`, and commits it. Does nothing when it is done, by
 * whoever's hand. When all tasks are done, {@link build} puts the data set together.
 */
export async function runTask(planPath: string, options: RunTaskOptions): Promise<Done> {
  const made = await readPlan(planPath);
  if (made.code !== codeVersion()) {
    throw new GristmillError(
      "GM_RUN_OTHER_CODE",
      "usage",
      `the plan was made by ${made.code}, this is ${codeVersion()}`,
      "make the plan again with this version",
    );
  }
  const build = dirname(resolve(planPath));
  const state = dirname(build);
  const memory = options.memory ?? defaultMemory();
  native.configure({ threads: options.threads ?? defaultThreads(), memoryBytes: memory });
  return runOneTask({
    plan: made,
    fingerprints: fingerprints(made),
    folder: { out: dirname(state), state, build, buildId: made.build_id },
    stage: options.stage,
    part: options.part,
    memoryBytes: Math.max(16 << 20, Math.min(1 << 30, Math.floor(memory / 4))),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  });
}

/** Reads a `plan.json`. */
export async function readPlan(path: string): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new GristmillError(
      "GM_RUN_NO_PLAN",
      "input",
      `cannot read the plan ${path}`,
      "make one with `gristmill plan RECIPE -o OUT`",
      { cause: error },
    );
  }
  try {
    const value = JSON.parse(text) as Partial<Plan> | null;
    if (value?.format === 1 && typeof value.build_id === "string" && Array.isArray(value.stages)) return value as Plan;
  } catch {
    // Told below, like every other text that is no plan.
  }
  throw new GristmillError(
    "GM_RUN_BAD_PLAN",
    "input",
    `${basename(path)} is not a plan of this version`,
    "make the plan again",
  );
}
