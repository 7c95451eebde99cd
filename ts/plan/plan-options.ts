import type { ProbeResult, ProbeSpec } from "../native/index.ts";

/** What the planner needs besides the recipe. */
export interface PlanOptions {
  /** Version of the code that will run the plan: package version, or hash of addon and `dist` in a development tree. */
  code: string;
  /** `--limit N`: the first N rows of every source. */
  limit?: number | null;
  /** `--sample 1%`: the share of rows kept, by hash of the id. */
  sample?: number | null;
  /** `--parts`; default: arrow up to 10 GB of input, else parquet. */
  partsFormat?: "arrow" | "parquet";
  /** Asks what a file is; `native.probe` unless a test says otherwise. */
  probe?: (spec: ProbeSpec) => Promise<ProbeResult>;
  /** Folder for the messages of stores; without it a store is only looked at, and the plan cannot be run. */
  staging?: string;
  /**
   * The plan is run once and thrown away: files are known by size and time instead of content, and a single file is
   * written as its rows are made where that can be, so that there are no parts to go on from.
   */
  passing?: boolean;
  /** Bytes of input text per partition and task. Default 256 MiB. */
  splitBytes?: number;
}
