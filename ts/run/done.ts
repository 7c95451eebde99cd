import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { type FileRef, GristmillError, type StepCounts } from "../native/index.ts";
import { type Disk, errnoOf, temporaryName } from "./disk.ts";
import { doneFile, stageFolder } from "./folder.ts";

/** Record of a finished task. It alone says that the task's files exist. */
export interface Done {
  format: 1;
  task: number;
  fingerprint: string;
  files: FileRef[];
  rows: number;
  counts: { step: string; counts: StepCounts }[];
  wall_ms: number;
}

/** A record as a line of text that ends in its own hash, so that no damaged bit goes unnoticed. */
function write(done: Done): string {
  const { format, task, fingerprint, files, rows, counts, wall_ms } = done;
  const body = { format, task, fingerprint, files, rows, counts, wall_ms };
  return `${JSON.stringify({ ...body, check: hashOf(body) })}\n`;
}

function hashOf(body: Done): string {
  return createHash("sha256").update(JSON.stringify(body)).digest("hex");
}

/** Reads the record of a task; `null` when there is none or it is not one of ours. */
export async function readDone(disk: Disk, build: string, stage: number, task: number): Promise<Done | null> {
  return readDoneFile(disk, doneFile(build, stage, task));
}

/** Reads a record by its path. A damaged one counts as none: its task runs again and its place is taken. */
export async function readDoneFile(disk: Disk, path: string): Promise<Done | null> {
  let text: string;
  try {
    text = await disk.readText(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
  try {
    const done: unknown = JSON.parse(text);
    return isDone(done) && write(done) === text ? done : null;
  } catch {
    return null;
  }
}

function isDone(value: unknown): value is Done {
  if (typeof value !== "object" || value === null) return false;
  const done = value as Partial<Done>;
  return (
    done.format === 1 &&
    typeof done.task === "number" &&
    typeof done.fingerprint === "string" &&
    typeof done.rows === "number" &&
    Array.isArray(done.files) &&
    Array.isArray(done.counts)
  );
}

/** Whether every file of a record is there with its recorded size. */
export async function filesArePresent(disk: Disk, folder: string, done: Done): Promise<boolean> {
  for (const file of done.files) {
    if ((await disk.size(join(folder, file.name))) !== file.bytes) return false;
  }
  return true;
}

/**
 * Records a task as done. The record is whole or absent, and created once: a second attempt that made the same files
 * is welcome, one that made others ends the build, since then some step is not deterministic.
 */
export async function commitDone(disk: Disk, build: string, stage: number, name: string, done: Done): Promise<void> {
  const path = doneFile(build, stage, done.task);
  await disk.makeFolder(dirname(path));
  // The task's files are named in this folder; the record must not outlive them.
  await disk.syncFolder(stageFolder(build, stage));
  const temporary = temporaryName(path);
  try {
    await disk.writeSynced(temporary, write(done));
    await linkOnce(disk, temporary, path, () => settle(disk, path, stage, name, done));
  } finally {
    await disk.remove(temporary).catch(() => undefined);
  }
  await disk.syncFolder(dirname(path));
}

async function linkOnce(disk: Disk, from: string, to: string, whenThere: () => Promise<boolean>): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    if (await whenThere()) return;
    await disk.rename(from, to);
  }
}

/** Compares with the record that is there; `false` when that one is stale and may be replaced. */
async function settle(disk: Disk, path: string, stage: number, name: string, done: Done): Promise<boolean> {
  const other = await readDoneFile(disk, path);
  if (other === null || other.fingerprint !== done.fingerprint) return false;
  if (contentOf(other) !== contentOf(done)) {
    throw new GristmillError(
      "GM_RUN_NONDETERMINISTIC",
      "failed",
      `stage ${stage} (${name}), part ${done.task}: two attempts made different files from the same input (record ${basename(path)})`,
      "this is a fault in a step: please report it; `--fresh` starts over",
    );
  }
  // Same bytes by the same name, unless a file was lost or cut since: the names are equal, so the new files are in place.
  return true;
}

function contentOf(done: Done): string {
  return JSON.stringify([
    done.files.map((f) => [f.role, f.label ?? "", f.rows, f.bytes, f.sha256]),
    done.rows,
    done.counts,
  ]);
}
