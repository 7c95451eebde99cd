import type { Plan } from "../plan/plan.ts";
import type { BuildEvent, Manifest, Reporter } from "../run/index.ts";
import type { UserMap } from "../steps/step.ts";

/** A recipe as an object: the same keys as the YAML, in `camelCase` or `snake_case`. Steps may be functions of the user. */
export interface RecipeObject {
  name?: string;
  seed?: number;
  vars?: Record<string, string>;
  sources: unknown[];
  steps: (string | Record<string, unknown> | UserMap)[];
  outputs?: unknown[];
  [key: string]: unknown;
}

/** What decides the plan. */
export interface PlanOptions {
  /** Values for `${name}` in the recipe. Paths in them are relative to the working directory. */
  vars?: Record<string, string>;
  /** Options set from outside: `{"steps.dedupe.by": "exact"}`. */
  sets?: Record<string, unknown>;
  /** First so many records of each source. Default: all. */
  limit?: number;
  /** Share of rows kept, chosen by a hash of their ids: above 0, at most 1. Default: all. */
  sample?: number;
  /** Seed of everything random. Default: the recipe's, else 0. */
  seed?: number;
  /** Format of intermediate parts. Default: `arrow` up to 10 GB of input, else `parquet`. */
  parts?: "arrow" | "parquet";
}

/** Options of {@link build}. */
export interface BuildOptions extends PlanOptions {
  /** Output folder. */
  out: string;
  /** Worker threads. Default: all cores. */
  threads?: number;
  /** Memory limit in bytes. Default: 70 % of the machine's. */
  memory?: number;
  /** Plan only: nothing is written. Default `false`. */
  dryRun?: boolean;
  /** Throw away what an earlier attempt of this build has done. Default `false`. */
  fresh?: boolean;
  /** Replace a finished build in `out`. Files that gristmill did not write stay. Default `false`. */
  overwrite?: boolean;
  /** Remove intermediate parts at the end. Default `false`: they let a changed recipe start in the middle. */
  noKeep?: boolean;
  /** Fail when more rows than this cannot be read or make a step fail. Default: no limit. */
  maxBadRows?: number;
  /** Stops the build after the current batch; what is committed stays, the next build goes on from there. */
  signal?: AbortSignal;
  /** Told of everything that happens. */
  onEvent?: (event: BuildEvent) => void;
  /** Writes cards and reports beside the data. Default: the package's own card and report. `null`: none. */
  reporter?: Reporter | null;
}

/** What {@link build} gives back. */
export interface BuildResult {
  buildId: string;
  out: string;
  plan: Plan;
  /** `null` after a dry run. */
  manifest: Manifest | null;
  /** Whether there was nothing to do: `out` held this very build. */
  upToDate: boolean;
  /** Rows in the outputs. */
  rows: number;
}

/** A stage of a build, as {@link status} sees it. */
export interface StageStatus {
  stage: number;
  name: string;
  kind: string;
  /** `null` while the stage before is not done. */
  tasks: number | null;
  done: number;
  rows: number;
}

/** What {@link status} gives back. */
export interface BuildStatus {
  out: string;
  buildId: string;
  state: "finished" | "running" | "unfinished";
  stages: StageStatus[];
  /** Bytes under `.gristmill`. */
  partsBytes: number;
}

/** What {@link gc} gives back. */
export interface GcResult {
  /** Bytes given back. */
  freed: number;
  /** Folders and files removed. */
  removed: number;
}

/** A file that is not what the manifest says. */
export interface VerifyFinding {
  path: string;
  problem: "missing" | "size" | "content" | "unreadable";
  message: string;
}

/** What {@link verify} gives back. */
export interface VerifyResult {
  out: string;
  buildId: string;
  /** Files checked. */
  files: number;
  bytes: number;
  ok: boolean;
  findings: VerifyFinding[];
}

/** One thing that happened to a row. */
export type StoryLine =
  | { step: string; what: "kept"; id: string }
  | {
      step: string;
      what: "dropped" | "quarantined" | "merged" | "changed";
      id: string;
      /** Named reason; for a quarantined row the failure's code. */
      reason: string;
      rule: string | null;
      /** Row that stayed in its place or took it in. */
      twin: string | null;
      /** Byte range of the hit. */
      span: [number, number] | null;
      excerpt: string | null;
      /** Of a change: what stands in the place of the excerpt now. */
      after: string | null;
    }
  | { step: string; what: "written"; id: string; path: string; row: number };

/** What {@link explain} gives back: the lines in order of the steps. */
export interface Story {
  id: string;
  /** `unknown`: no row of that id was met. */
  fate: "written" | "dropped" | "quarantined" | "merged" | "unknown";
  lines: StoryLine[];
}

/** A step and its options, in `camelCase` or `snake_case`. */
export interface StepEntry {
  name: string;
  options?: Record<string, unknown>;
}

/** How files are read and worked on outside of a recipe. */
export interface FileOptions {
  /** Files, folders or globs read. */
  inputs: string[];
  /** Format of the inputs. Default: by ending, then by content. */
  format?: string;
  /** Options of the source, e.g. `{delimiter: ";"}`. */
  source?: Record<string, unknown>;
  seed?: number;
  threads?: number;
  /** Bytes. */
  memory?: number;
  limit?: number;
  maxBadRows?: number;
  signal?: AbortSignal;
  onEvent?: (event: BuildEvent) => void;
}

/** A file with rows that a step turned away, or changes it made. */
export interface TraceTable {
  /** Its place; the ending says the format. */
  path: string;
  /** Rows turned away, the reason first; or changes as row id, column, original and cleaned text. */
  kind: "rejects" | "changes";
  /** The step in question. Rejects default to all steps. */
  step?: string;
  /** Of rejects: columns behind the reason. Default: those of the inputs. */
  columns?: string[];
  /** Of rejects: reasons left out. */
  without?: string[];
  /** Of rejects: reasons as they are, in capitals, or as sentences of the format check. Default `plain`. */
  style?: "plain" | "capitals" | "check";
  /** Of changes: the column that was changed. Default `text`. */
  column?: string;
}

/** Options of {@link runSteps}. */
export interface RunStepsOptions extends FileOptions {
  /** File written; its ending says the format. */
  out: string;
  /** Columns written, in this order. Default: all. */
  columns?: string[];
  /** File that tells of each row turned away when, why and by which rule (`.parquet`, `.jsonl`, `.csv`). Default: none. */
  trace?: string;
  /** File for the rows turned away with all their columns, the reason first. Default: none. */
  rejects?: string;
  /** More files made from the trace. Default: none. */
  tables?: TraceTable[];
  /** Replace files that are there. Default `false`. */
  overwrite?: boolean;
}

/** Options of {@link runStep}. */
export interface RunStepOptions extends RunStepsOptions {
  /** Options of the step, in `camelCase` or `snake_case`. */
  options?: Record<string, unknown>;
}

/** Options of {@link splitRows}. */
export interface SplitOptions extends FileOptions {
  /** Path of the files written, with `{part}` for the number; the ending says the format. */
  out: string;
  /** Number of files. Default 10. */
  parts?: number;
  overwrite?: boolean;
}

/** What {@link splitRows} gives back. */
export interface SplitResult {
  files: { path: string; rows: number; bytes: number }[];
  rows: number;
  /** The manifest's rows. */
  steps: Manifest["steps"];
}

/** What {@link tokenStatistics} and {@link turnStatistics} have in common. */
export interface StatisticsOptions extends FileOptions {
  /** Column that holds the text. Default `text`. */
  column?: string;
  /** Text file written. Default: none. */
  out?: string;
  overwrite?: boolean;
}

/** Options of {@link tokenStatistics}. */
export interface TokenStatisticsOptions extends StatisticsOptions {
  /** Column with the token counts. Default `tokens`. */
  tokens?: string;
  /** Counts with this tokenizer instead of reading a column. */
  tokenizer?: string;
  /** Leave out texts beyond the last bin, as the replaced tool did. Default `false`. */
  compat?: boolean;
}

/** Options of {@link turnStatistics}. */
export interface TurnStatisticsOptions extends StatisticsOptions {
  /** Charts written. Default: none. */
  png?: string;
  svg?: string;
}

/** What {@link runStep} gives back. */
export interface RunStepResult {
  out: string;
  rows: number;
  bytes: number;
  /** The manifest's rows: `read`, then the step. */
  steps: Manifest["steps"];
  /** What steps found out about the rows as a whole; only of steps that say such a thing. */
  findings?: NonNullable<Manifest["findings"]>;
}
