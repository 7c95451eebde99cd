import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { native } from "../native/index.ts";
import type { Plan } from "../plan/index.ts";
import { type Addon, realAddon } from "./addon.ts";
import { badRows, type Counted, checkBadRows, manifestSteps, stageCounts } from "./counts.ts";
import { type Disk, isTemporary, realDisk, replaceText } from "./disk.ts";
import type { OnEvent } from "./events.ts";
import { cancelled, guarded } from "./failures.ts";
import { findings, foldResults, placeOutputs, totalTokens, writeFoldFiles } from "./finish.ts";
import { type BuildFolder, buildFolder, STAGING } from "./folder.ts";
import { type Journal, openJournal } from "./journal.ts";
import { type Lock, type Processes, realProcesses, takeLock } from "./lock.ts";
import { defaultMemory, defaultThreads, hardware, peakMemory } from "./machine.ts";
import type { Manifest, Reporter } from "./manifest.ts";
import { checkFolder, isWhole, lookInto, makeOut } from "./output-folder.ts";
import { assemble, publish } from "./publish.ts";
import { runStage, type StageContext, type StageRun } from "./stage-run.ts";
import { otherBuilds } from "./takeover.ts";
import { gatherTrace } from "./trace-files.ts";
import type { UserSteps } from "./user-steps.ts";

/** A build to run. */
export interface BuildRequest {
  plan: Plan;
  /** Fingerprints of the plan's stages. */
  fingerprints: readonly string[];
  /** Absolute. */
  out: string;
  /** Version of the package. */
  version: string;
  threads?: number;
  /** Bytes. */
  memory?: number;
  fresh?: boolean;
  overwrite?: boolean;
  noKeep?: boolean;
  /** Leave the trace as the parts of the stages: nobody will look at it. */
  noTrace?: boolean;
  maxBadRows?: number | null;
  signal?: AbortSignal;
  onEvent?: OnEvent;
  reporter?: Reporter | null;
  user?: UserSteps;
  /** Stand-ins for tests. */
  disk?: Disk;
  addon?: Addon;
  processes?: Processes;
}

/** What came of it. */
export interface BuildOutcome {
  manifest: Manifest;
  upToDate: boolean;
}

/** Runs a plan to its end, going on from whatever is done already. */
export async function runBuild(request: BuildRequest): Promise<BuildOutcome> {
  const disk = request.disk ?? realDisk;
  const folder = buildFolder(request.out, request.plan.build_id);
  return guarded(`build into ${request.out}`, async () => {
    const overwrite = request.overwrite ?? false;
    // Before anything is made, so that a refused folder stays as it was.
    await checkFolder(disk, await lookInto(disk, folder.out), folder.out, folder.buildId, overwrite);
    await makeOut(disk, folder.out);
    const lock = await takeLock(disk, folder.state, request.processes ?? realProcesses);
    try {
      return await locked(request, disk, folder, lock);
    } finally {
      await lock.release().catch(() => undefined);
    }
  });
}

async function locked(request: BuildRequest, disk: Disk, folder: BuildFolder, lock: Lock): Promise<BuildOutcome> {
  const begun = performance.now();
  const found = await lookInto(disk, folder.out);
  await checkFolder(disk, found, folder.out, folder.buildId, request.overwrite ?? false);
  const fresh = request.fresh ?? false;
  if (!fresh && found.manifest?.build_id === folder.buildId && (await isWhole(disk, folder.out, found.manifest))) {
    const { plan } = request;
    request.onEvent?.({
      event: "build_done",
      build_id: plan.build_id,
      out: folder.out,
      rows: rowsOf(found.manifest),
      wall_ms: Math.round(performance.now() - begun),
      up_to_date: true,
    });
    return { manifest: found.manifest, upToDate: true };
  }
  if (fresh) await discard(disk, folder);
  const resumed = (await disk.size(join(folder.build, "plan.json"))) !== null;
  await disk.makeFolder(folder.build);
  await cleanUp(disk, folder);
  await dropStale(disk, folder, request.plan);
  await replaceText(disk, join(folder.build, "plan.json"), `${JSON.stringify(request.plan, null, 2)}\n`);
  const journal = openJournal(disk, folder.build, request.onEvent);
  try {
    const manifest = await run(request, disk, folder, journal, resumed, lock, begun);
    await journal.flush();
    if (request.noKeep === true) {
      await disk.remove(folder.build);
      await disk.remove(join(folder.state, STAGING));
    }
    return { manifest, upToDate: false };
  } finally {
    // A failure of the build itself matters more than one of its log.
    await journal.flush().catch(() => undefined);
  }
}

/** Messages of stores that earlier plans read and this one does not: they may have been deleted since. */
async function dropStale(disk: Disk, folder: BuildFolder, plan: Plan): Promise<void> {
  const staging = join(folder.state, STAGING);
  const wanted = new Set(plan.sources.flatMap(({ files }) => files.map(({ path }) => path)));
  for (const name of await disk.list(staging)) {
    if (!wanted.has(join(staging, name))) await disk.remove(join(staging, name));
  }
}

/** Everything of earlier builds but the lock and the list of names that are ours. */
async function discard(disk: Disk, folder: BuildFolder): Promise<void> {
  for (const name of await disk.list(folder.state)) {
    if (name !== "lock" && name !== "owned.json" && name !== STAGING) await disk.remove(join(folder.state, name));
  }
}

/** Removes what killed attempts left under temporary names. */
async function cleanUp(disk: Disk, folder: BuildFolder): Promise<void> {
  const stages = (await disk.list(folder.build))
    .filter((name) => name.startsWith("stage-"))
    .map((name) => join(folder.build, name));
  const places = [folder.out, folder.state, folder.build, ...stages, ...stages.map((stage) => join(stage, "done"))];
  for (const place of places) {
    for (const name of await disk.list(place)) {
      const passing = name.startsWith("user-") && place !== folder.out;
      if ((isTemporary(name) && place !== folder.out) || passing) await disk.remove(join(place, name));
    }
  }
}

async function run(
  request: BuildRequest,
  disk: Disk,
  folder: BuildFolder,
  journal: Journal,
  resumed: boolean,
  lock: Lock,
  begun: number,
): Promise<Manifest> {
  const { plan } = request;
  const started = new Date();
  const threads = request.threads ?? defaultThreads();
  const memory = request.memory ?? defaultMemory();
  const addon = request.addon ?? realAddon;
  if (request.addon === undefined) native.configure({ threads, memoryBytes: memory });
  journal.emit({
    event: "build_start",
    build_id: plan.build_id,
    name: plan.name,
    out: folder.out,
    stages: plan.stages.map(({ id, name, kind }) => ({ stage: id, name, kind })),
    steps: plan.steps.map(({ name }) => name),
    resumed,
  });
  const context: StageContext = {
    plan,
    folder,
    fingerprints: request.fingerprints,
    finished: new Map(),
    others: await otherBuilds(disk, folder),
    disk,
    addon,
    user: request.user ?? new Map(),
    // Deciders are not alone: batches, writers and the second open task live beside them.
    memoryBytes: Math.max(16 << 20, Math.min(1 << 30, Math.floor(memory / 4))),
    signal: request.signal,
    emit: journal.emit,
  };
  const runs: (StageRun & { stage: number; name: string })[] = [];
  for (const stage of plan.stages) {
    runs.push({ stage: stage.id, name: stage.name, ...(await runStage(context, stage)) });
    checkBadRows(badRows(countsOf(context)), request.maxBadRows ?? null);
  }
  const manifest = await complete(
    request,
    context,
    {
      started: started.toISOString(),
      finished: "",
      wall_ms: 0,
      stages: runs.map(({ stage, name, wallMs, tasks, reused }) => ({ stage, name, wall_ms: wallMs, tasks, reused })),
      peak_memory_bytes: 0,
      threads,
      hardware: hardware(),
      parts_bytes: partsBytes(context),
    },
    begun,
  );
  if (manifest.steps.at(-1)?.rows_out === 0) {
    const read = manifest.steps[0]?.rows_out ?? 0;
    const message = read === 0 ? "no row was read: the input is empty" : "no row is left after the last step";
    journal.emit({ event: "warning", code: "GM_RUN_NO_ROWS", message: `${message}; the data set has none` });
  }
  if (!(await lock.held())) throw cancelled();
  await publish(disk, folder, manifest, request.overwrite ?? false);
  journal.emit({
    event: "build_done",
    build_id: plan.build_id,
    out: folder.out,
    rows: rowsOf(manifest),
    wall_ms: manifest.run.wall_ms,
    up_to_date: false,
  });
  return manifest;
}

function countsOf(context: StageContext): Counted[][] {
  return context.plan.stages.map((stage) => stageCounts(stage, context.finished.get(stage.id)?.done ?? []));
}

function partsBytes(context: StageContext): number {
  return [...context.finished.values()]
    .flatMap((stage) => stage.done)
    .flatMap((done) => done.files)
    .reduce((sum, file) => sum + file.bytes, 0);
}

/** Puts outputs, trace and reports together and describes them. */
async function complete(
  request: BuildRequest,
  context: StageContext,
  run: Manifest["run"],
  begun: number,
): Promise<Manifest> {
  const { plan, folder, finished, disk, addon } = context;
  const steps = manifestSteps(plan, countsOf(context));
  const { outputs, placed } = await placeOutputs(disk, plan, finished);
  const signal = request.signal ?? new AbortController().signal;
  const trace =
    request.noTrace === true
      ? { files: [], placed: [] }
      : await gatherTrace(addon, plan, finished, join(folder.build, "trace"), signal);
  const target = await assemble(disk, folder, [...placed, ...trace.placed]);
  const inputs = plan.sources.flatMap((source) =>
    source.files.flatMap(({ path, name, bytes, hash, beside = [] }) => [
      { path: source.store === undefined ? path : `${source.store}#${name}`, bytes, sha256: hash },
      ...beside.map((file) => ({ path: file.path, bytes: file.bytes, sha256: file.hash })),
    ]),
  );
  const folds = foldResults(plan, finished);
  const tokens = await totalTokens(disk, folds);
  const found = await findings(disk, plan, finished);
  const manifest: Manifest = {
    format: 1,
    build_id: plan.build_id,
    name: plan.name,
    seed: plan.seed,
    recipe: plan.recipe,
    versions: { gristmill: request.version, code: plan.code },
    inputs,
    steps,
    ...(found.length === 0 ? {} : { findings: found }),
    ...(tokens === null ? {} : { tokens }),
    outputs,
    trace: trace.files,
    reports: [],
    run,
  };
  manifest.reports = await writeFoldFiles(disk, plan, finished, target);
  manifest.run.finished = new Date().toISOString();
  manifest.run.wall_ms = Math.round(performance.now() - begun);
  manifest.run.peak_memory_bytes = peakMemory();
  if (request.reporter) {
    const reports = await request.reporter({ out: folder.out, folder: target, plan, manifest, folds });
    manifest.reports = [...new Set([...manifest.reports, ...reports])].sort();
  }
  return manifest;
}

function rowsOf(manifest: Manifest): number {
  return manifest.outputs.reduce((sum, file) => sum + file.rows, 0);
}
