import type { RunTaskOptions } from "../api/build.ts";
import type { ReadOptions } from "../api/read-batches.ts";
import type { RowBatch } from "../api/row-batch.ts";
import type {
  BuildOptions,
  BuildResult,
  BuildStatus,
  GcResult,
  PlanOptions,
  RunStepOptions,
  RunStepResult,
  Story,
  VerifyResult,
} from "../api/types.ts";
import type { Plan } from "../plan/plan.ts";

/** What commands use of the API. */
export interface Api {
  build(recipe: string, options: BuildOptions): Promise<BuildResult>;
  plan(recipe: string, options?: PlanOptions): Promise<Plan>;
  writePlan(made: Plan, out: string): Promise<string>;
  runTask(plan: string, options: RunTaskOptions): Promise<{ stage: number; task: number }>;
  status(out: string): Promise<BuildStatus>;
  gc(out: string): Promise<GcResult>;
  verify(out: string, options?: { all?: boolean; signal?: AbortSignal }): Promise<VerifyResult>;
  explain(id: string, out: string): Promise<Story>;
  runStep(step: string, options: RunStepOptions): Promise<RunStepResult>;
  readBatches(paths: string | string[], options?: ReadOptions): AsyncGenerator<RowBatch>;
}

/** The API, loaded when a command runs, so that help needs neither recipe code nor the addon. */
export async function loadApi(): Promise<Api> {
  return (await import("../api/index.ts")) as unknown as Api;
}
