import type { RunResult, RunStatus } from "../../native/index.ts";
import type { Addon, RunHandle } from "../addon.ts";
import { cancelled } from "../failures.ts";
import { nativeChain, type Task } from "../tasks.ts";
import type { UserSteps } from "../user-steps.ts";
import { runWithUserSteps } from "../user-steps.ts";

/** What a running task tells. */
export interface TaskProgress {
  task: number;
  status: RunStatus;
}

/** How tasks of one stage are run. */
export interface TaskRunner {
  addon: Addon;
  user: UserSteps;
  signal: AbortSignal | undefined;
  /** Called before a task is opened. */
  before(task: Task): Promise<void>;
  onProgress(progress: TaskProgress): void;
  /** Called when the files of a task are complete; the task counts as done when this resolves. */
  onDone(task: Task, result: RunResult, wallMs: number): Promise<void>;
}

/** Milliseconds between two looks at a run. */
const LOOK_MS = 50;
/** Tasks open at once: the second fills the pool while the tail of the first is worked off. */
const OPEN_TASKS = 2;

interface Open {
  task: Task;
  dry: boolean;
  end: Promise<void>;
}

/**
 * Runs tasks in order on the addon's pool. The next one is opened when the reader of the one before has nothing
 * left, so that no thread waits for a tail. A failure or an abort stops all that run; what is committed stays.
 */
export async function runTasks(runner: TaskRunner, tasks: readonly Task[]): Promise<void> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (runner.signal?.aborted) throw cancelled();
  runner.signal?.addEventListener("abort", abort, { once: true });
  const open = new Set<Open>();
  const failures: unknown[] = [];
  let wake: () => void = () => undefined;
  let next = 0;
  try {
    while (!stop.signal.aborted) {
      const task = tasks[next];
      if (task !== undefined && open.size < OPEN_TASKS && [...open].every((one) => one.dry)) {
        next += 1;
        const one: Open = { task, dry: false, end: Promise.resolve() };
        open.add(one);
        one.end = runOne(runner, one, stop.signal, () => wake())
          .catch((error: unknown) => {
            failures.push(error);
            stop.abort();
          })
          .finally(() => {
            open.delete(one);
            wake();
          });
        continue;
      }
      if (open.size === 0) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await Promise.all([...open].map((one) => one.end));
  } finally {
    runner.signal?.removeEventListener("abort", abort);
  }
  // A failure stops the other task, which then ends as cancelled: the first one is the cause.
  if (failures.length > 0) throw failures[0];
  if (stop.signal.aborted) throw cancelled();
}

async function runOne(runner: TaskRunner, one: Open, signal: AbortSignal, changed: () => void): Promise<void> {
  const { task } = one;
  await runner.before(task);
  const begun = performance.now();
  const look = (status: RunStatus) => {
    runner.onProgress({ task: task.task, status });
    if (status.dry && !one.dry) {
      one.dry = true;
      changed();
    }
  };
  const result = await resultOf(runner, task, signal, look);
  await runner.onDone(task, result, Math.round(performance.now() - begun));
}

async function resultOf(
  runner: TaskRunner,
  task: Task,
  signal: AbortSignal,
  look: (status: RunStatus) => void,
): Promise<RunResult> {
  const { work } = task;
  if ("job" in work) return pump(runner.addon.job(work.job), signal, look);
  if (work.chain.some((link) => "user" in link)) {
    return runWithUserSteps({ addon: runner.addon, user: runner.user, work, signal, look });
  }
  return pump(runner.addon.open(work.reader, nativeChain(work.chain), work.sink), signal, look);
}

/** Waits for the end of a run, telling how far it is about 20 times a second. Closes it in any case. */
export async function pump(run: RunHandle, signal: AbortSignal, look: (status: RunStatus) => void): Promise<RunResult> {
  const cancel = () => run.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    if (signal.aborted) run.cancel();
    for (;;) {
      const status = await run.wait(LOOK_MS);
      look(status);
      if (status.state === "done" && status.result !== null) return status.result;
      if (status.state !== "running") throw cancelled();
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    run.close();
  }
}
