import { lstat, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { GristmillError } from "../native/index.ts";
import { fingerprints } from "../plan/index.ts";
import { buildFolder, loadFinished, readManifest, realDisk, takeLock } from "../run/index.ts";
import { readPlan } from "./build.ts";
import type { BuildStatus, GcResult } from "./types.ts";

/** How far the latest build in a folder is, from its done files alone. Throws `GM_RUN_NO_BUILD` (kind `input`). */
export async function status(out: string): Promise<BuildStatus> {
  const folder = resolve(out);
  const manifest = await readManifest(realDisk, folder);
  const running = await isLocked(folder);
  const buildId = running ? await latestBuild(folder) : (manifest?.build_id ?? (await latestBuild(folder)));
  if (buildId === null) throw noBuild(out);
  const place = buildFolder(folder, buildId);
  const finishedBuild = manifest?.build_id === buildId;
  const state = running ? "running" : finishedBuild ? "finished" : "unfinished";
  const partsBytes = await sizeBelow(place.state);
  if ((await realDisk.size(join(place.build, "plan.json"))) === null)
    return { out: folder, buildId, state, stages: [], partsBytes };
  const plan = await readPlan(join(place.build, "plan.json"));
  const { progress } = await loadFinished(plan, fingerprints(plan), place);
  const stages = progress.map(({ stage, tasks, done }) => ({
    stage: stage.id,
    name: stage.name,
    kind: stage.kind,
    tasks,
    done: done.length,
    rows: done.reduce((sum, record) => sum + record.rows, 0),
  }));
  return { out: folder, buildId, state, stages, partsBytes };
}

/** The build whose plan was written last. */
async function latestBuild(out: string): Promise<string | null> {
  const state = join(out, ".gristmill");
  let latest: { id: string; at: number } | null = null;
  for (const id of await realDisk.list(state)) {
    const plan = await lstat(join(state, id, "plan.json")).catch(() => null);
    if (plan !== null && (latest === null || plan.mtimeMs > latest.at)) latest = { id, at: plan.mtimeMs };
  }
  return latest?.id ?? null;
}

/** Whether a live build holds the folder. Taking the lock for a moment also clears that of a dead one. */
async function isLocked(out: string): Promise<boolean> {
  const state = join(out, ".gristmill");
  if ((await realDisk.size(join(state, "lock"))) === null) return false;
  try {
    await (await takeLock(realDisk, state)).release();
    return false;
  } catch (error) {
    if (error instanceof GristmillError && error.code === "GM_RUN_LOCKED") return true;
    // A folder that cannot be written to holds no live build of ours.
    return false;
  }
}

/** Frees what a finished or given-up build keeps: parts, done files, leftovers. The data set itself stays. */
export async function gc(out: string): Promise<GcResult> {
  const state = join(resolve(out), ".gristmill");
  if (!(await realDisk.isFolder(state))) throw noBuild(out);
  const lock = await takeLock(realDisk, state);
  let freed = 0;
  let removed = 0;
  try {
    for (const name of await realDisk.list(state)) {
      if (name === "lock" || name === "owned.json") continue;
      freed += await sizeBelow(join(state, name));
      removed += 1;
      await realDisk.remove(join(state, name));
    }
  } finally {
    await lock.release();
  }
  return { freed, removed };
}

/** Bytes of the files below a path; a file with several names counts by its share. */
async function sizeBelow(path: string): Promise<number> {
  const info = await lstat(path).catch(() => null);
  if (info === null) return 0;
  if (!info.isDirectory()) return Math.round(info.size / Math.max(1, info.nlink));
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await sizeBelow(join(path, name));
  return bytes;
}

function noBuild(out: string): GristmillError {
  return new GristmillError(
    "GM_RUN_NO_BUILD",
    "input",
    `there is no build in ${out}`,
    "give the folder that `gristmill build` wrote to",
  );
}
