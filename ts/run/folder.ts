import { join } from "node:path";

/** Where things of one build lie. */
export interface BuildFolder {
  /** The user's output folder. */
  out: string;
  /** `OUT/.gristmill`, shared by all builds in the folder. */
  state: string;
  /** `OUT/.gristmill/<build_id>`. */
  build: string;
  buildId: string;
}

/** Name of the folder, beside those of builds, with the messages of stores. */
export const STAGING = "store";

/** Where plans for this output folder write the messages of stores. */
export function stagingFolder(out: string): string {
  return join(out, ".gristmill", STAGING);
}

/** The folder of a build. */
export function buildFolder(out: string, buildId: string): BuildFolder {
  const state = join(out, ".gristmill");
  return { out, state, build: join(state, buildId), buildId };
}

/** Folder of a stage. */
export function stageFolder(build: string, stage: number): string {
  return join(build, `stage-${String(stage).padStart(2, "0")}`);
}

/** Done file of a task. */
export function doneFile(build: string, stage: number, task: number): string {
  return join(stageFolder(build, stage), "done", `${five(task)}.json`);
}

/** A number with at least five digits, as in file names. */
export function five(number: number): string {
  return String(number).padStart(5, "0");
}
