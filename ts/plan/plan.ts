import type { ColumnSpec, DeciderSpec, FoldSpec, KeysSpec, RouteSpec, SplitSpec } from "../native/specs.ts";
import type { Shape } from "../steps/step.ts";

/** The recipe compiled to stages: plain JSON, names no machine. Stored as `plan.json`. */
export interface Plan {
  format: 1;
  /** Hash of everything below. */
  build_id: string;
  /** Name of the recipe. */
  name: string;
  seed: number;
  /** Version of the code that may run it. */
  code: string;
  /** The recipe after variables and overrides, secrets left out. */
  recipe: Record<string, unknown>;
  sources: PlannedSource[];
  /** Files that steps read besides the rows: tokenizers, lexicons. */
  side_files: { path: string; hash: string; bytes: number }[];
  /** Partitions of every exchange. */
  partitions: number;
  /** Format of intermediate parts. */
  parts: "arrow" | "parquet";
  steps: { name: string; shape: Shape | "read" | "output" }[];
  stages: Stage[];
  outputs: PlannedOutput[];
}

export interface PlannedSource {
  kind: string;
  /** Where a message store is, without its password. */
  store?: string;
  label: string | null;
  files: PlannedFile[];
  columns: ColumnSpec[];
  key: string | null;
  options: Record<string, unknown>;
  limit: number | null;
}

export interface PlannedFile {
  path: string;
  name: string;
  bytes: number;
  /** sha256 up to 1 GB, else of size, modification time and the first and last 64 MB. */
  hash: string;
  format: string;
  codec: string;
  splits: SplitSpec[];
  /** Rows, where it is cheap to know. */
  rows: number | null;
  /** Bytes after decompression, estimated. */
  text_bytes: number;
  /** Files that belong to it, such as an index beside it. */
  beside?: { path: string; bytes: number; hash: string }[];
}

export interface PlannedOutput {
  /** `dataset`, `token_report`, … */
  kind: string;
  options: Record<string, unknown>;
  /** Results of folds over the last rows, by the fold's name. */
  results: Record<string, FoldResult>;
}

/** One map of a chain. */
export interface PlannedMap {
  step: string;
  kind: string;
  options: Record<string, unknown>;
  /** Side inputs: name in the step -> fold (its stage holds the result). */
  side: Record<string, FoldResult>;
  /** Number of the user's function in the API's recipe instead of a native kind. */
  user?: number;
}

/** Where the finished result of a fold is: the one file of a `finish` stage. */
export interface FoldResult {
  stage: number;
}

/** A select whose marks hold for a stage's input. */
export interface PlannedMarks {
  step: string;
  /** The `decide` stage. */
  stage: number;
  reasons: string[];
  count: boolean;
  label: boolean;
  /** Rows may have several labels. */
  many?: true;
}

/** Where the rows of a stage come from. */
export type StageInput =
  | { from: "source" }
  | { from: "parts"; stage: number; marks: PlannedMarks[]; columns: string[] | null }
  | {
      from: "exchange";
      stage: number;
      step: string;
      group: { kind: string; options: Record<string, unknown>; side: Record<string, FoldResult> } | null;
    };

/** A stage. Its tasks: one per split group (source), per part (parts), per partition (exchange), or fixed. */
export type Stage = { id: number; name: string } & (
  | {
      kind: "map";
      input: StageInput;
      chain: PlannedMap[];
      keys: (KeysSpec & { step: string }) | null;
      folds: (FoldSpec & { step: string })[];
      /** Nobody reads the rows that come out: only keys and folds are kept. */
      rowless?: true;
      /** No part has rows of two values of this column. */
      by?: string;
    }
  | {
      kind: "scan";
      input: StageInput;
      keys: (KeysSpec & { step: string }) | null;
      folds: (FoldSpec & { step: string })[];
    }
  | { kind: "exchange"; input: StageInput; chain: PlannedMap[]; step: string; route: PlannedRoute }
  | { kind: "decide"; step: string; keys: number; decider: DeciderSpec }
  | {
      kind: "finish";
      step: string;
      states: number;
      fold: FoldSpec;
      /** Folder below the output folder for the texts in `files` of the result, by file name. */
      files?: string;
      /** The result stands in the manifest, under `findings`. */
      finding?: true;
    }
  | {
      kind: "output";
      input: StageInput;
      output: number;
      /** Given where the output is written as its rows are made, not from committed parts. */
      chain?: PlannedMap[];
    }
);

export type PlannedRoute = Omit<RouteSpec, "by"> & {
  by:
    | { kind: "label" }
    | { kind: "shuffled_label"; seed: number; step: string }
    | { kind: "hash"; columns: string[] }
    | { kind: "range"; column: string; descending: boolean; cuts: FoldResult | null }
    | { kind: "shuffle"; seed: number; step: string };
};
