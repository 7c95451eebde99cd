import { createHash } from "node:crypto";
import type { Task } from "./tasks.ts";

/**
 * Identity of a task's result: what runs (the stage's fingerprint) on what (number, contents read). Equal
 * fingerprints mean equal files, in whatever build they were made.
 */
export function taskFingerprint(stageFingerprint: string, task: Task): string {
  return createHash("sha256")
    .update(JSON.stringify([stageFingerprint, task.task, task.reads]))
    .digest("hex");
}
