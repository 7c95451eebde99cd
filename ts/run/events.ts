import type { StepCounts } from "../native/specs.ts";

/** What a build says about itself while it goes. One JSON line each in the journal and with `--log-format json`. */
export type BuildEvent =
  | {
      event: "build_start";
      build_id: string;
      name: string;
      out: string;
      /** Stages and steps of the plan, in order. */
      stages: { stage: number; name: string; kind: string }[];
      steps: string[];
      /** Whether tasks of an earlier attempt of this same build were found. */
      resumed: boolean;
    }
  | { event: "stage_start"; stage: number; name: string; kind: string; tasks: number }
  | { event: "task_start"; stage: number; task: number; tasks: number }
  | ProgressEvent
  | { event: "task_done"; stage: number; task: number; tasks: number; rows: number; wall_ms: number }
  | {
      event: "task_reused";
      stage: number;
      task: number;
      tasks: number;
      rows: number;
      /** `resume`: finished by an earlier attempt of this build. `takeover`: by another build in the same folder. */
      from: "resume" | "takeover";
    }
  | {
      event: "stage_done";
      stage: number;
      name: string;
      rows: number;
      /** Counts of the steps this stage counted, summed over its tasks, in chain order. */
      counts: { step: string; counts: StepCounts }[];
      wall_ms: number;
    }
  | { event: "warning"; code: string; message: string }
  | { event: "build_done"; build_id: string; out: string; rows: number; wall_ms: number; up_to_date: boolean };

/** Sent about 20 times a second for each running task. */
export interface ProgressEvent {
  event: "progress";
  stage: number;
  name: string;
  task: number;
  tasks: number;
  /** Tasks of the stage that are done. */
  tasks_done: number;
  /** Rows of the stage so far, running tasks included. */
  rows_in: number;
  rows_out: number;
  /**
   * Bytes read by the running tasks of the stage, and what they will read in all. Of a stage that reads no rows, such as
   * the end of a fold, how much of its work is done, in a measure of its own.
   */
  bytes: number;
  bytes_total: number;
}

/** Receives the events of a build, in order. Must not throw; a slow one slows the build. */
export type OnEvent = (event: BuildEvent) => void;
