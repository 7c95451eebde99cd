import { GristmillError } from "../native/index.ts";
import type { Plan, Stage } from "../plan/index.ts";
import { type Addon, realAddon } from "./addon.ts";
import { type Disk, realDisk } from "./disk.ts";
import { type Done, filesArePresent, readDone } from "./done.ts";
import type { OnEvent } from "./events.ts";
import { guarded } from "./failures.ts";
import { type BuildFolder, stageFolder } from "./folder.ts";
import { fingerprintOf, layOut, runGiven, type StageContext } from "./stage-run.ts";
import type { DoneStage } from "./tasks.ts";

/** How far a stage is. */
export interface StageProgress {
  stage: Stage;
  /** `null` while a stage that it reads is not done. */
  tasks: number | null;
  done: Done[];
}

/** One task of a plan, as `gristmill task` runs it. */
export interface OneTask {
  plan: Plan;
  fingerprints: readonly string[];
  folder: BuildFolder;
  stage: number;
  part: number;
  memoryBytes: number;
  signal?: AbortSignal;
  onEvent?: OnEvent;
  disk?: Disk;
  addon?: Addon;
}

/** Reads the records of all stages, in order; stages before `until` must be whole for the later ones to be laid out. */
export async function loadFinished(
  plan: Plan,
  fingerprints: readonly string[],
  folder: BuildFolder,
  until: number = plan.stages.length,
  disk: Disk = realDisk,
): Promise<{ progress: StageProgress[]; finished: Map<number, DoneStage> }> {
  const finished = new Map<number, DoneStage>();
  const progress: StageProgress[] = [];
  for (const stage of plan.stages.slice(0, until)) {
    if (progress.some((before) => before.tasks === null || before.done.length < before.tasks)) {
      progress.push({ stage, tasks: null, done: [] });
      continue;
    }
    const tasks = layOut({ plan, folder, finished, memoryBytes: 0 }, stage);
    const place = stageFolder(folder.build, stage.id);
    const done: Done[] = [];
    for (const task of tasks) {
      const record = await readDone(disk, folder.build, stage.id, task.task);
      const fits = record !== null && record.fingerprint === fingerprintOf({ fingerprints }, task);
      if (fits && (await filesArePresent(disk, place, record))) done.push(record);
    }
    progress.push({ stage, tasks: tasks.length, done });
    if (done.length === tasks.length) finished.set(stage.id, { folder: place, done });
  }
  return { progress, finished };
}

/** Runs one task and commits it; does nothing when its record is there. */
export async function runOneTask(request: OneTask): Promise<Done> {
  const disk = request.disk ?? realDisk;
  const { plan, folder, fingerprints } = request;
  const stage = plan.stages[request.stage];
  if (stage === undefined) {
    throw new GristmillError(
      "GM_RUN_NO_SUCH_STAGE",
      "usage",
      `the plan has ${plan.stages.length} stages, there is no stage ${request.stage}`,
      "stages count from 0",
    );
  }
  return guarded(`run a task in ${folder.build}`, async () => {
    const { progress, finished } = await loadFinished(plan, fingerprints, folder, stage.id, disk);
    const late = progress.find((one) => one.tasks === null || one.done.length < one.tasks);
    if (late !== undefined) {
      const missing = late.tasks === null ? "" : ` (${late.done.length} of ${late.tasks} tasks)`;
      throw new GristmillError(
        "GM_RUN_NOT_READY",
        "usage",
        `stage ${late.stage.id} is not done${missing}`,
        "run its tasks first",
      );
    }
    const context: StageContext = {
      plan,
      folder,
      fingerprints,
      finished,
      others: { take: async () => null },
      disk,
      addon: request.addon ?? realAddon,
      user: new Map(),
      memoryBytes: request.memoryBytes,
      signal: request.signal,
      emit: (event) => request.onEvent?.(event),
    };
    const tasks = layOut(context, stage);
    const task = tasks[request.part];
    if (task === undefined) {
      throw new GristmillError(
        "GM_RUN_NO_SUCH_TASK",
        "usage",
        `stage ${stage.id} has ${tasks.length} tasks, there is no part ${request.part}`,
        "parts count from 0",
      );
    }
    return runGiven(context, stage, task, tasks.length);
  });
}
