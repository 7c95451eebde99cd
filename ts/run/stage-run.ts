import { stat } from "node:fs/promises";
import { GristmillError, type RunStatus } from "../native/index.ts";
import type { Plan, Stage } from "../plan/index.ts";
import type { Addon } from "./addon.ts";
import { stageCounts } from "./counts.ts";
import type { Disk } from "./disk.ts";
import { commitDone, type Done, filesArePresent, readDone } from "./done.ts";
import { runTasks } from "./engines/local.ts";
import type { OnEvent } from "./events.ts";
import { taskFingerprint } from "./fingerprint.ts";
import { type BuildFolder, stageFolder } from "./folder.ts";
import type { Finished } from "./takeover.ts";
import { type DoneStage, inPassing, stageTasks, type Task } from "./tasks.ts";
import type { UserSteps } from "./user-steps.ts";

/** All that running the stages of a build needs. */
export interface StageContext {
  plan: Plan;
  folder: BuildFolder;
  /** Fingerprints by stage. */
  fingerprints: readonly string[];
  finished: Map<number, DoneStage>;
  /** Tasks of other builds that may be taken over. */
  others: Finished;
  disk: Disk;
  addon: Addon;
  user: UserSteps;
  memoryBytes: number;
  signal: AbortSignal | undefined;
  emit: OnEvent;
}

/** What running a stage tells the manifest. */
export interface StageRun {
  wallMs: number;
  tasks: number;
  reused: number;
}

/** Runs the tasks of a stage that are not done and records the stage as finished. */
export async function runStage(context: StageContext, stage: Stage): Promise<StageRun> {
  const begun = performance.now();
  const laidOut = layOut(context, stage);
  const tasks = context.disk.passing === true ? laidOut.map(inPassing) : laidOut;
  const { id, name, kind } = stage;
  context.emit({ event: "stage_start", stage: id, name, kind, tasks: tasks.length });
  const done = new Map<number, Done>();
  const waiting: Task[] = [];
  for (const task of tasks) {
    const record = await earlier(context, stage, task, tasks.length);
    if (record === null) waiting.push(task);
    else done.set(task.task, record);
  }
  const reused = done.size;
  await runWaiting(context, stage, waiting, tasks.length, done);
  const records = tasks.map((task) => done.get(task.task)).filter((record) => record !== undefined);
  context.finished.set(id, { folder: stageFolder(context.folder.build, id), done: records });
  const rows = records.reduce((sum, record) => sum + record.rows, 0);
  const counts = stageCounts(stage, records);
  context.emit({ event: "stage_done", stage: id, name, rows, counts, wall_ms: Math.round(performance.now() - begun) });
  const wallMs = records.reduce((sum, record) => sum + record.wall_ms, 0);
  return { wallMs, tasks: tasks.length, reused };
}

/** The tasks of a stage whose input stages are finished. */
export function layOut(
  context: Pick<StageContext, "plan" | "folder" | "finished" | "memoryBytes">,
  stage: Stage,
): Task[] {
  const { plan, finished, memoryBytes } = context;
  return stageTasks({ plan, build: context.folder.build, finished, memoryBytes }, stage);
}

/** Fingerprint of a task of this build. */
export function fingerprintOf(context: Pick<StageContext, "fingerprints">, task: Task): string {
  const stage = context.fingerprints[task.stage];
  if (stage === undefined)
    throw new GristmillError(
      "GM_RUN_BAD_PLAN",
      "failed",
      `stage ${task.stage} has no fingerprint`,
      "make the plan again",
    );
  return taskFingerprint(stage, task);
}

/** The record of a task that need not run: done by an earlier attempt, or by another build of equal fingerprint. */
async function earlier(
  context: Omit<StageContext, "signal" | "addon" | "user">,
  stage: Stage,
  task: Task,
  tasks: number,
): Promise<Done | null> {
  const { disk, folder } = context;
  const fingerprint = fingerprintOf(context, task);
  const own = await readDone(disk, folder.build, stage.id, task.task);
  const place = stageFolder(folder.build, stage.id);
  if (own !== null && own.fingerprint === fingerprint && (await filesArePresent(disk, place, own))) {
    context.emit({ event: "task_reused", stage: stage.id, task: task.task, tasks, rows: own.rows, from: "resume" });
    return own;
  }
  const taken = await context.others.take(fingerprint, stage.id, task.task);
  if (taken === null) return null;
  await commitDone(disk, folder.build, stage.id, stage.name, taken);
  context.emit({ event: "task_reused", stage: stage.id, task: task.task, tasks, rows: taken.rows, from: "takeover" });
  return taken;
}

async function runWaiting(
  context: StageContext,
  stage: Stage,
  waiting: readonly Task[],
  tasks: number,
  done: Map<number, Done>,
): Promise<void> {
  const { disk, folder, emit } = context;
  const reused = [...done.values()].reduce((sum, record) => sum + record.rows, 0);
  const seen = new Map<number, RunStatus>();
  await runTasks(
    {
      addon: context.addon,
      user: context.user,
      signal: context.signal,
      async before(task) {
        await checkInputs(task);
        emit({ event: "task_start", stage: stage.id, task: task.task, tasks });
      },
      onProgress({ task, status }) {
        seen.set(task, status);
        const all = [...seen.values()];
        const sum = (of: (status: RunStatus) => number) => all.reduce((total, one) => total + of(one), 0);
        emit({
          event: "progress",
          stage: stage.id,
          name: stage.name,
          task,
          tasks,
          tasks_done: done.size,
          rows_in: sum((one) => one.rows_in),
          rows_out: reused + sum((one) => one.rows_out),
          bytes: sum((one) => one.bytes_done),
          bytes_total: sum((one) => one.bytes_total),
        });
      },
      async onDone(task, result, wallMs) {
        const record: Done = {
          format: 1,
          task: task.task,
          fingerprint: fingerprintOf(context, task),
          files: result.files,
          rows: result.rows,
          counts: result.counts,
          wall_ms: wallMs,
        };
        await commitDone(disk, folder.build, stage.id, stage.name, record);
        done.set(task.task, record);
        emit({ event: "task_done", stage: stage.id, task: task.task, tasks, rows: record.rows, wall_ms: wallMs });
      },
    },
    waiting,
  );
}

/** Runs one task alone, unless it is done. */
export async function runGiven(context: StageContext, stage: Stage, task: Task, tasks: number): Promise<Done> {
  const before = await earlier(context, stage, task, tasks);
  if (before !== null) return before;
  const done = new Map<number, Done>();
  await runWaiting(context, stage, [task], tasks, done);
  const record = done.get(task.task);
  if (record === undefined)
    throw new GristmillError("GM_INTERNAL_TASK", "failed", `task ${task.task} ended without a record`);
  return record;
}

/** An input that changed since the plan was made would mix two states of it. */
async function checkInputs(task: Task): Promise<void> {
  if ("job" in task.work || task.work.reader.kind !== "input") return;
  const planned = new Map<string, number>((task.inputs ?? []).map(({ path, bytes }) => [path, bytes]));
  for (const [path, bytes] of planned) {
    let size: number;
    try {
      size = (await stat(path)).size;
    } catch (error) {
      throw new GristmillError(
        "GM_RUN_INPUT_MISSING",
        "input",
        `${path} is gone since the plan was made`,
        "put it back, or run the command again without it",
        { cause: error },
      );
    }
    if (size !== bytes) {
      throw new GristmillError(
        "GM_RUN_INPUT_CHANGED",
        "input",
        `${path} had ${bytes} bytes when the plan was made and has ${size} now`,
        "run the command again: it plans anew",
      );
    }
  }
}
