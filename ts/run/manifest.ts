import type { Plan } from "../plan/plan.ts";

/** One row of `steps`. `rows_in + made = rows_out + dropped + merged + quarantined` holds in each. */
export interface ManifestStep {
  name: string;
  shape: string;
  rows_in: number;
  made: number;
  rows_out: number;
  /** Rows turned away, by reason. */
  dropped: Record<string, number>;
  merged: number;
  quarantined: number;
  /** Rows a rule changed, by rule; only where the step has such rules. */
  changed?: Record<string, number>;
}

/** A file of the data set. */
export interface ManifestOutput {
  /** Below the output folder, with `/`. */
  path: string;
  rows: number;
  bytes: number;
  sha256: string;
}

/** `manifest.json`. Everything that differs between two runs of one build is under `run`, all else is equal byte for byte. */
export interface Manifest {
  format: 1;
  build_id: string;
  name: string;
  seed: number;
  /** The recipe as it was run, secrets left out. */
  recipe: Record<string, unknown>;
  versions: { gristmill: string; code: string };
  inputs: { path: string; bytes: number; sha256: string }[];
  steps: ManifestStep[];
  /** What steps found out about the rows as a whole; only of steps that say such a thing. */
  findings?: { step: string; found: unknown }[];
  /** Tokens of the final rows; absent where the recipe asks for no token report. */
  tokens?: number;
  outputs: ManifestOutput[];
  /** One file a stage that turned rows away. */
  trace: ManifestOutput[];
  /** Cards and reports beside the data; not hashed, people may edit them. */
  reports: string[];
  run: {
    started: string;
    finished: string;
    wall_ms: number;
    /** Work of each stage, as its tasks recorded it; reused ones were done before. */
    stages: { stage: number; name: string; wall_ms: number; tasks: number; reused: number }[];
    peak_memory_bytes: number;
    threads: number;
    hardware: { cpu: string; cores: number; memory_bytes: number; platform: string; node: string };
    /** Bytes of parts kept under `.gristmill`; `gristmill gc` frees them. */
    parts_bytes: number;
  };
}

/** What a reporter gets to write cards and reports from. All data files are complete in `folder`, not yet in `out`. */
export interface FinishedBuild {
  /** Where the build will appear. */
  out: string;
  /** Folder that will become the new content of `out`: `data/`, `trace/`. */
  folder: string;
  plan: Plan;
  /** Complete but for `reports`. */
  manifest: Manifest;
  /** Results of folds: name of the fold -> absolute path of its JSON. */
  folds: { step: string; name: string; path: string }[];
}

/** Writes files into `build.folder` and returns their paths below it, e.g. `README.md`, `report.html`. */
export type Reporter = (build: FinishedBuild) => Promise<string[]>;
